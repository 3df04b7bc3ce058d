package startup

import "syscall"

// dieToo has the kernel kill the program should this process die. It does so when
// the thread ends that started the program, which is to be held for as long.
func dieToo(attributes *syscall.SysProcAttr) { attributes.Pdeathsig = syscall.SIGKILL }
