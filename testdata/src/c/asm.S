/* Assembly as found in the wild: functions with and without a size, a symbol
   without type or size, one symbol inside another's range, and data in .text. */
#if defined(__x86_64__)
# define FUNCTION @function
# define OBJECT @object
# define ARG(n) lea n(%rdi), %eax
# define RET ret
#else
# define FUNCTION %function
# define OBJECT %object
# define ARG(n) add w0, w0, n
# define RET ret
#endif
	.text
	.p2align 4

	.globl unsized_first
	.type unsized_first, FUNCTION
unsized_first:			/* 0x00: no size; two instructions, then an untyped label */
	ARG(1)
	RET

	.globl untyped_label
untyped_label:			/* no type, no size: reaches to sized_asm */
	ARG(2)
	ARG(3)
	RET
	.p2align 4

	.globl sized_asm
	.type sized_asm, FUNCTION
sized_asm:
	ARG(4)
	RET
	.size sized_asm, . - sized_asm
	.p2align 4

	.globl outer_asm
	.type outer_asm, FUNCTION
outer_asm:
	ARG(5)
	.globl inner_asm
	.type inner_asm, FUNCTION
inner_asm:			/* lies inside outer_asm and has a size of its own */
	ARG(6)
	RET
	.size inner_asm, . - inner_asm
	ARG(7)
	RET
	.size outer_asm, . - outer_asm
	.p2align 4

	.type text_table, OBJECT
text_table:			/* data between functions */
	.long 1, 1, 2, 3, 5, 8, 13, 21
	.size text_table, . - text_table

	.type unsized_last, FUNCTION
unsized_last:			/* local, no size: reaches to the end of this file's .text */
	ARG(8)
	ARG(9)
	RET

	.section .note.GNU-stack, "", %progbits
