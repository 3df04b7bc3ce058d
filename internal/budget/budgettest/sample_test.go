package budgettest

import "testing"

func TestSample(t *testing.T) {
	if err := Binary().Check(); err != nil {
		t.Fatal(err)
	}
}

func TestSampleImage(t *testing.T) {
	if err := Image().Check(); err != nil {
		t.Fatal(err)
	}
}
