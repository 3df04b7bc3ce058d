/* 64 KiB of constant data that packs well. */
	.section .rodata
	.globl blob
	.type blob, %object
blob:
	.rept 4096
	.ascii "sizegate testdat"
	.endr
	.size blob, . - blob
	.section .note.GNU-stack, "", %progbits
