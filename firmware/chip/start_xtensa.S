# SPDX-License-Identifier: Apache-2.0
# Entry with register windows. The loader called us with callx8 and is not returned to.
	.include "windowed.inc"
	.section .text.start, "ax"
	.ascii "espbakR2"
	.literal_position
	.align 4
	.global _start
_start:
	rsil	a2, 15
	.byte 0x20, 0x48, 0x03		# rsr a2, WINDOWBASE
	ssl	a2
	movi	a3, 1
	sll	a3, a3
	.byte 0x30, 0x49, 0x13		# wsr a3, WINDOWSTART: no frame is older than this one
	rsync
	movi	a1, _stack_top
	movi	a2, _bss_start
	movi	a3, _bss_end
	movi	a4, 0
	j	2f
1:	s32i	a4, a2, 0
	addi	a2, a2, 4
2:	bltu	a2, a3, 1b
	# Should this frame's registers have to be saved, half of them go below "its caller's" stack.
	addi	a4, a1, 32
	addi	a5, a1, -16
	s32i	a4, a5, 4
	movi	a0, 0
	call8	loader_main
