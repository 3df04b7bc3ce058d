package tarstream

import "io"

// ahead reads in a goroutine of its own, so that inflating and hashing run side
// by side.
type ahead struct {
	full  chan chunk
	empty chan []byte
	quit  chan struct{}
	done  chan struct{}
	now   chunk  // what is being read
	left  []byte // of it
}

type chunk struct {
	bytes []byte
	err   error // behind the bytes
}

func readAhead(r io.Reader) *ahead {
	const buffers, size = 4, 256 << 10
	a := &ahead{full: make(chan chunk, buffers), empty: make(chan []byte, buffers), quit: make(chan struct{}), done: make(chan struct{})}
	for range buffers {
		a.empty <- make([]byte, size)
	}
	go a.run(r)
	return a
}

func (a *ahead) run(r io.Reader) {
	defer close(a.done)
	for {
		var c chunk
		select {
		case c.bytes = <-a.empty:
		case <-a.quit:
			return
		}
		n := 0
		for n < len(c.bytes) && c.err == nil {
			var m int
			m, c.err = r.Read(c.bytes[n:])
			n += m
		}
		c.bytes = c.bytes[:n]
		// There is room: no more chunks are on their way than it holds.
		a.full <- c
		if c.err != nil {
			return
		}
	}
}

func (a *ahead) Read(b []byte) (int, error) {
	for len(a.left) == 0 {
		if a.now.err != nil {
			return 0, a.now.err
		}
		if a.now.bytes != nil {
			a.empty <- a.now.bytes[:cap(a.now.bytes)]
		}
		a.now = <-a.full
		a.left = a.now.bytes
	}
	n := copy(b, a.left)
	a.left = a.left[n:]
	return n, nil
}

// stop ends the goroutine and waits for that.
func (a *ahead) stop() {
	close(a.quit)
	<-a.done
}
