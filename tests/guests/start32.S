// SPDX-License-Identifier: MIT
// Multiboot entry of the 32-bit guests.
    .section .multiboot, "a"
    .align 4
    .long 0x1BADB002, 3, -(0x1BADB002 + 3)
    .text
    .code32
    .globl _start
_start:
    mov $stack_top, %esp
    push %ebx
    push %eax
    call guest
1:  cli
    hlt
    jmp 1b
    .bss
    .align 16
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", @progbits
