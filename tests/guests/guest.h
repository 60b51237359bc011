// SPDX-License-Identifier: MIT
// What the freestanding guests share: output over COM1, the exit port, numbers.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline void out8(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline u8 in8(u16 port) {
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}
static inline void put(char c) {
    while ((in8(0x3FD) & 0x20) == 0) {}
    out8(0x3F8, (u8)c);
}
static inline void text(const char *s) {
    while (*s) put(*s++);
}
static inline void number(u32 value) {
    char digits[12];
    int n = 0;
    do digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n) put(digits[--n]);
}
static inline void line(const char *name, u32 value) {
    text(name);
    put(' ');
    number(value);
    put('\n');
}
static inline void end(u8 status) { out8(0xF4, status); }
static inline u64 rdmsr(u32 msr) {
    u32 low, high;
    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (u64)high << 32 | low;
}
static inline void wrmsr(u32 msr, u64 value) { __asm__ volatile("wrmsr" : : "c"(msr), "a"((u32)value), "d"((u32)(value >> 32)) : "memory"); }
static inline u64 rdtsc(void) {
    u32 low, high;
    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (u64)high << 32 | low;
}
