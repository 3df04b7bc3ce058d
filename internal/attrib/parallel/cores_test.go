package parallel

import (
	"runtime"
	"slices"
	"testing"
)

// TestCores: on two cores a step in the background waits until the cores are given back,
// on three it does not.
func TestCores(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var cores Cores
	var order []string
	giveBack := cores.Take()
	done := make(chan struct{})
	go cores.Spare(func() {
		order = append(order, "step")
		close(done)
	})
	for range 1000 { // so that it has begun
		runtime.Gosched()
	}
	order = append(order, "given back")
	giveBack()
	<-done
	if want := []string{"given back", "step"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}

	runtime.GOMAXPROCS(3)
	giveBack = cores.Take()
	stepped := false
	cores.Spare(func() { stepped = true }) // it would wait for ever
	giveBack()
	if !stepped {
		t.Error("the step was left out")
	}
}
