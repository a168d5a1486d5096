# SPDX-License-Identifier: Apache-2.0
# The loader called us and is not returned to.
	.section .text.start, "ax"
	.ascii "espbakR2"
	.align 2
	.global _start
_start:
	csrci	mstatus, 8
	la	sp, _stack_top
	la	a0, _bss_start
	la	a1, _bss_end
	j	2f
1:	sw	zero, 0(a0)
	addi	a0, a0, 4
2:	bltu	a0, a1, 1b
	call	loader_main
