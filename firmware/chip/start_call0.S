# SPDX-License-Identifier: Apache-2.0
# Entry without register windows. The loader called us and is not returned to.
	.section .text.start, "ax"
	.ascii "espbakR2"
	.literal_position
	.align 4
	.global _start
_start:
	rsil	a2, 15
	movi	a1, _stack_top
	movi	a2, _bss_start
	movi	a3, _bss_end
	movi	a4, 0
	j	2f
1:	s32i	a4, a2, 0
	addi	a2, a2, 4
2:	bltu	a2, a3, 1b
	call0	loader_main
