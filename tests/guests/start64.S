// SPDX-License-Identifier: MIT
// Multiboot entry of the 64-bit guests: an ELF32 file with 64-bit code inside, identity-mapped by 2-MByte pages.
    .section .multiboot, "a"
    .align 4
    .long 0x1BADB002, 3, -(0x1BADB002 + 3)
    .text
    .code32
    .globl _start
_start:
    mov $stack_top, %esp
    mov %ebx, %esi
    mov %eax, %edi
    // PML4 -> PDPT -> four page directories of 2-MByte pages: 4 GBytes
    movl $pdpt + 7, pml4
    mov $pdpt, %edx
    mov $directories + 7, %eax
    mov $4, %ecx
1:  mov %eax, (%edx)
    add $4096, %eax
    add $8, %edx
    loop 1b
    mov $directories, %edx
    mov $0x87, %eax
    mov $2048, %ecx
2:  mov %eax, (%edx)
    add $0x200000, %eax
    add $8, %edx
    loop 2b
    mov %cr4, %eax
    or $0x20, %eax
    mov %eax, %cr4
    mov $pml4, %eax
    mov %eax, %cr3
    mov $0xC0000080, %ecx
    rdmsr
    or $0x101, %eax
    wrmsr
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    lgdt gdt_pointer
    ljmp $8, $3f
    .code64
3:  mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov %edi, %edi
    mov %esi, %esi
    call guest
4:  cli
    hlt
    jmp 4b

    // A handler that counts timer interrupts and ends them by the xAPIC page.
    .globl timer_handler, spurious_handler, fault_handler
timer_handler:
    push %rax
    incl timer_count
    mov $0xFEE000B0, %eax
    movl $0, (%rax)
    pop %rax
    iretq
    // Skips the two-byte instruction (RDMSR, WRMSR) that faulted.
fault_handler:
    incl fault_count
    addq $8, %rsp
    addq $2, (%rsp)
spurious_handler:
    iretq

    .data
    .globl timer_count, fault_count
timer_count: .long 0
fault_count: .long 0
    .align 8
gdt: .quad 0, 0x00AF9B000000FFFF, 0x00CF93000000FFFF
gdt_pointer:
    .word 23
    .long gdt
    .bss
    .align 4096
pml4: .skip 4096
pdpt: .skip 4096
directories: .skip 16384
    .skip 16384
stack_top:
    .section .note.GNU-stack, "", @progbits
