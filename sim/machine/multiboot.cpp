// SPDX-License-Identifier: MIT
#include "machine/multiboot.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "base/input_error.hpp"
#include "base/number.hpp"

namespace vmxsim::machine {
namespace {

constexpr u32 kHeaderMagic = 0x1BADB002, kLoaderMagic = 0x2BADB002;
constexpr size_t kHeaderSearch = 8192;
constexpr u64 kInformation = 0x80000, kInformationEnd = 0x9F000;  // where ours goes, and GRUB's too, below the EBDA

struct Header {
    u32 magic, flags, checksum, header_address, load_address, load_end, bss_end, entry;
};

struct Loader {
    Machine& machine;
    const BootImage& image;
    u64 end = 0x100000;  // behind everything loaded so far

    [[noreturn]] void refuse(const std::string& what) const { throw InputError({image.name, 0, 0}, what); }

    template <class T>
    T at(u64 offset, const char* what) const {
        T value;
        if (offset > image.contents.size() || image.contents.size() - offset < sizeof value)
            refuse(std::string("expected ") + what + " at offset " + hex(offset) + ", found the end of the file at " +
                   hex(image.contents.size()));
        std::memcpy(&value, image.contents.data() + offset, sizeof value);
        return value;
    }

    size_t find_header() const {
        const size_t limit = std::min(image.contents.size(), kHeaderSearch);
        for (size_t offset = 0; offset + 12 <= limit; offset += 4) {
            u32 words[3];
            std::memcpy(words, image.contents.data() + offset, sizeof words);
            if (words[0] == kHeaderMagic && words[0] + words[1] + words[2] == 0) return offset;
        }
        refuse("expected a Multiboot 1 header (1BADB002H with a right checksum) in the first 8 KBytes, found none");
    }

    // Bytes of the file, then zeros, at a physical address.
    void place(u64 address, u64 offset, u64 file_size, u64 memory_size, const char* what) {
        if (offset > image.contents.size() || file_size > image.contents.size() - offset)
            refuse(std::string(what) + " reaches to offset " + hex(offset + file_size) + ", behind the end of the file at " +
                   hex(image.contents.size()));
        if (memory_size < file_size) refuse(std::string(what) + " is larger in the file than in memory");
        if (!machine.is_low_memory(address, memory_size))
            refuse(std::string(what) + " at " + hex(address) + " of " + hex(memory_size) + " bytes does not fit into " +
                   hex(machine.memory_bytes) + " bytes of memory");
        machine.memory.write_bytes(address, {image.contents.data() + offset, file_size});
        end = std::max(end, address + memory_size);
    }

    template <class Ehdr, class Phdr>
    u64 load_elf() {
        const Ehdr header = at<Ehdr>(0, "an ELF header");
        if (header.e_phentsize != sizeof(Phdr))
            refuse("expected ELF program headers of " + std::to_string(sizeof(Phdr)) + " bytes, found " +
                   std::to_string(header.e_phentsize));
        bool any = false;
        u64 entry = header.e_entry;
        for (unsigned i = 0; i < header.e_phnum; ++i) {
            const Phdr segment = at<Phdr>(u64{header.e_phoff} + u64{i} * sizeof(Phdr), "an ELF program header");
            if (segment.p_type != PT_LOAD || segment.p_memsz == 0) continue;
            place(segment.p_paddr, segment.p_offset, segment.p_filesz, segment.p_memsz, "an ELF segment");
            // The entry point is a virtual address; paging is off, so its physical one counts.
            if (header.e_entry >= segment.p_vaddr && header.e_entry - segment.p_vaddr < segment.p_memsz)
                entry = header.e_entry - segment.p_vaddr + segment.p_paddr;
            any = true;
        }
        if (!any) refuse("expected an ELF segment to load, found none");
        return entry;
    }

    u64 load_flat(const Header& header, size_t header_offset) {
        if (header.load_address > header.header_address || header.header_address - header.load_address > header_offset)
            refuse("the Multiboot header's load address does not match its place in the file");
        const u64 offset = header_offset - (header.header_address - header.load_address);
        const u64 size = header.load_end != 0 ? u64{header.load_end} - header.load_address : image.contents.size() - offset;
        const u64 memory = header.bss_end != 0 ? u64{header.bss_end} - header.load_address : size;
        if (header.load_end != 0 && header.load_end < header.load_address)
            refuse("the Multiboot header's load end lies before its load address");
        place(header.load_address, offset, size, memory, "the image");
        return header.entry;
    }

    u64 load_kernel() {
        const size_t offset = find_header();
        const bool is_elf = image.contents.size() >= EI_NIDENT && std::memcmp(image.contents.data(), ELFMAG, SELFMAG) == 0;
        if (is_elf) {
            switch (image.contents[EI_CLASS]) {
                case ELFCLASS32: return load_elf<Elf32_Ehdr, Elf32_Phdr>();
                case ELFCLASS64: return load_elf<Elf64_Ehdr, Elf64_Phdr>();
                default: refuse("expected an ELF32 or ELF64 file, found class " + std::to_string(image.contents[EI_CLASS]));
            }
        }
        const Header header = at<Header>(offset, "a Multiboot header with addresses");
        if (!is_set(header.flags, 16))
            refuse("expected an ELF file or a Multiboot header with addresses (flag 16), found neither");
        return load_flat(header, offset);
    }
};

// Writes the information structure and what it points to, one behind the other.
class Information {
public:
    Information(Machine& machine, u64 place) : machine_(machine), next_(place) {}

    u64 text(const std::string& value) {
        const u64 address = next_;
        bytes({reinterpret_cast<const u8*>(value.c_str()), value.size() + 1});
        return address;
    }
    u64 words(std::span<const u32> values) {
        next_ = (next_ + 7) & ~u64{7};
        const u64 address = next_;
        bytes({reinterpret_cast<const u8*>(values.data()), values.size_bytes()});
        return address;
    }

private:
    void bytes(std::span<const u8> values) {
        if (next_ + values.size() > kInformationEnd)
            throw InputError("the command line and the modules' arguments are longer than 124 KBytes");
        machine_.memory.write_bytes(next_, values);
        next_ += values.size();
    }

    Machine& machine_;
    u64 next_;
};

void append_range(std::vector<u32>& map, u64 begin, u64 end, u32 type) {
    if (end <= begin) return;
    const u64 length = end - begin;
    for (const u64 word : {u64{20}, begin & 0xFFFFFFFF, begin >> 32, length & 0xFFFFFFFF, length >> 32, u64{type}})
        map.push_back(static_cast<u32>(word));
}

std::vector<u32> memory_map(const Machine& machine) {
    constexpr u32 kAvailable = 1, kReserved = 2;
    std::vector<u32> map;
    append_range(map, 0, 0x9FC00, kAvailable);
    append_range(map, 0x9FC00, 0xA0000, kReserved);
    append_range(map, 0xF0000, 0x100000, kReserved);
    append_range(map, 0x100000, std::min<u64>(machine.memory_bytes, 0xC0000000), kAvailable);
    append_range(map, 0xFEC00000, 0x100000000, kReserved);
    if (machine.memory_bytes > 0xC0000000)
        append_range(map, 0x100000000, 0x100000000 + machine.memory_bytes - 0xC0000000, kAvailable);
    return map;
}

u64 write_information(Machine& machine, const BootImage& image, u64& end) {
    Information information(machine, kInformation + 128);
    std::vector<u32> modules;
    for (const BootModule& module : image.modules) {
        const u64 begin = (end + 0xFFF) & ~u64{0xFFF};
        if (!machine.is_low_memory(begin, module.contents.size()))
            throw InputError({module.name, 0, 0},
                             "the module does not fit into " + hex(machine.memory_bytes) + " bytes of memory");
        machine.memory.write_bytes(begin, module.contents);
        end = begin + module.contents.size();
        const u64 arguments = information.text(module.arguments);
        for (const u64 word : {begin, end, arguments, u64{0}}) modules.push_back(static_cast<u32>(word));
    }
    const std::vector<u32> map = memory_map(machine);
    const u64 command_line = information.text(image.command_line), name = information.text("vmxsim");
    const u64 module_list = information.words(modules), map_address = information.words(map);

    std::array<u32, 29> words{};
    words[0] = bit(0) | bit(2) | bit(3) | bit(6) | bit(9);
    words[1] = 639;
    words[2] = static_cast<u32>((std::min<u64>(machine.memory_bytes, 0xC0000000) - 0x100000) / 1024);
    words[4] = static_cast<u32>(command_line);
    words[5] = static_cast<u32>(image.modules.size());
    words[6] = static_cast<u32>(module_list);
    words[11] = static_cast<u32>(map.size() * 4);
    words[12] = static_cast<u32>(map_address);
    words[16] = static_cast<u32>(name);
    machine.memory.write_bytes(kInformation, {reinterpret_cast<const u8*>(words.data()), sizeof words});
    return kInformation;
}

// 32-bit protected mode, flat, paging and interrupts off, EAX and EBX by the specification; GDT and selectors as GRUB 2
// leaves them (the specification lets them be anything).
void set_processor(Machine& machine, u64 entry, u64 information) {
    constexpr u64 kGdt = 0x9F000;
    constexpr u64 kGrubGdt[] = {0, 0, 0x00CF9B000000FFFF, 0x00CF93000000FFFF};
    for (size_t i = 0; i < std::size(kGrubGdt); ++i) machine.memory.write<u64>(kGdt + 8 * i, kGrubGdt[i]);
    CpuState& state = machine.cpu.state;
    state.cr0 = 0x11;
    state.gdtr = {kGdt, sizeof kGrubGdt - 1};
    for (const SegmentRegister r :
         {SegmentRegister::es, SegmentRegister::ss, SegmentRegister::ds, SegmentRegister::fs, SegmentRegister::gs})
        state[r] = {0x18, 0, 0xFFFFFFFF, {0xC093}};
    state[SegmentRegister::cs] = {0x10, 0, 0xFFFFFFFF, {0xC09B}};
    state[Register::rax] = kLoaderMagic;
    state[Register::rbx] = information;
    state[Register::rsp] = 0x7FF00;
    state.rip = entry;
    machine.cpu.refresh_mode();
}

}  // namespace

void load_multiboot(Machine& machine, const BootImage& image) {
    if (machine.memory_bytes < 0x200000) throw InputError("expected at least 2 MBytes of memory to boot an image");
    Loader loader{machine, image};
    const u64 entry = loader.load_kernel();
    const u64 information = write_information(machine, image, loader.end);
    set_processor(machine, entry, information);
}

}  // namespace vmxsim::machine
