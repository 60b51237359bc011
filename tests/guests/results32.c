// SPDX-License-Identifier: MIT
// Known results of 32-bit code, the Multiboot information, the PIT's interrupt through the 8259A, and a visit to real mode.
#include "guest.h"

struct gate { u16 low, selector; u8 zero, type; u16 high; } __attribute__((packed));
struct table { u16 limit; u32 base; } __attribute__((packed));
static struct gate idt[256];
static volatile u32 ticks;

extern void irq0(void);
__asm__(".text\nirq0: pushal\n call on_irq0\n popal\n iret\n");
void on_irq0(void) {
    ++ticks;
    out8(0x20, 0x20);
}

static u32 primes_below(u32 limit) {
    static u8 composite[20000];
    u32 count = 0;
    for (u32 i = 2; i < limit; ++i) {
        if (composite[i]) continue;
        ++count;
        for (u32 j = i * 2; j < limit; j += i) composite[j] = 1;
    }
    return count;
}
static u32 crc32(const u8 *bytes, u32 length) {
    u32 crc = ~0u;
    for (u32 i = 0; i < length; ++i) {
        crc ^= bytes[i];
        for (int k = 0; k < 8; ++k) crc = crc >> 1 ^ (0xEDB88320u & -(crc & 1));
    }
    return ~crc;
}
static int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

// To real-address mode and back: what was computed there comes back in EAX.
extern u32 visit_real_mode(void);
__asm__(
    ".text\n"
    "visit_real_mode:\n"
    "  pushal\n"
    "  mov $trampoline, %esi\n mov $0x7000, %edi\n mov $trampoline_end - trampoline, %ecx\n cld\n rep movsb\n"
    "  sgdt saved_gdt\n"
    "  mov %esp, saved_esp\n"
    "  lgdt real_gdt_pointer\n"
    "  ljmp $8, $0x7000\n"
    "back:\n"
    "  mov $24, %ax\n mov %ax, %ds\n mov %ax, %es\n mov %ax, %ss\n"
    "  mov saved_esp, %esp\n"
    "  mov %ebx, real_result\n"
    "  popal\n"
    "  mov real_result, %eax\n"
    "  ret\n"
    ".code16\n"
    "trampoline:\n"
    "  mov $16, %ax\n mov %ax, %ds\n mov %ax, %ss\n"
    "  mov %cr0, %eax\n and $0xFE, %al\n mov %eax, %cr0\n"
    "  ljmp $0x0700, $1f - trampoline\n"
    "1: xor %ax, %ax\n mov %ax, %ds\n mov %ax, %ss\n mov $0x6F00, %sp\n"
    "  mov $0x1234, %bx\n mov $0x0700, %ax\n mov %ax, %ds\n"
    "  add 2f - trampoline, %bx\n"
    "  pushw %bx\n popw %cx\n movzwl %cx, %ebx\n"
    "  mov %cr0, %eax\n or $1, %al\n mov %eax, %cr0\n"
    "  ljmpl $32, $back\n"
    "2: .word 0x1111\n"
    "trampoline_end:\n"
    ".code32\n"
    ".data\n"
    ".align 8\n"
    "real_gdt: .quad 0, 0x00009B000000FFFF, 0x000093000000FFFF, 0x00CF93000000FFFF, 0x00CF9B000000FFFF\n"
    "real_gdt_pointer: .word 39\n .long real_gdt\n"
    "saved_gdt: .word 0\n .long 0\n"
    "saved_esp: .long 0\n"
    "real_result: .long 0\n"
    ".text\n");

void guest(u32 magic, const u32 *information) {
    line("magic", magic == 0x2BADB002);
    line("memory", information[2] / 1024);
    line("modules", information[5]);
    if (information[5]) {
        const u32 *module = (const u32 *)information[6];
        text((const char *)module[2]);
        put('\n');
        for (const char *c = (const char *)module[0]; c != (const char *)module[1]; ++c) put(*c);
    }
    line("primes", primes_below(20000));
    line("crc", crc32((const u8 *)"123456789", 9));
    line("fibonacci", (u32)fibonacci(15));
    u64 product = 1;
    for (u32 i = 1; i <= 20; ++i) product *= i;
    line("factorial", (u32)(product >> 32));
    line("real", visit_real_mode());

    u16 cs;
    __asm__("mov %%cs, %0" : "=r"(cs));
    idt[0x20] = (struct gate){(u16)(u32)irq0, cs, 0, 0x8E, (u16)((u32)irq0 >> 16)};
    const struct table pointer = {sizeof idt - 1, (u32)idt};
    __asm__ volatile("lidt %0" : : "m"(pointer));
    out8(0x20, 0x11), out8(0x21, 0x20), out8(0x21, 4), out8(0x21, 1);
    out8(0xA0, 0x11), out8(0xA1, 0x28), out8(0xA1, 2), out8(0xA1, 1);
    out8(0x21, 0xFE), out8(0xA1, 0xFF);
    out8(0x43, 0x34), out8(0x40, 11932 & 0xFF), out8(0x40, 11932 >> 8);  // 100 Hz
    const u64 begin = rdtsc();
    __asm__ volatile("sti");
    while (ticks < 5) __asm__ volatile("hlt");
    __asm__ volatile("cli");
    line("milliseconds", (u32)(rdtsc() - begin) / 1000000);
    end(21);
}
