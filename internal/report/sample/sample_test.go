package sample

import "testing"

func TestSampleIsSound(t *testing.T) {
	if err := Binary().Check(); err != nil {
		t.Fatal(err)
	}
}
