package budget

import "testing"

func TestSample(t *testing.T) {
	if err := sampleBinary().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestSampleImage(t *testing.T) {
	if err := sampleImage().Check(); err != nil {
		t.Fatal(err)
	}
}
