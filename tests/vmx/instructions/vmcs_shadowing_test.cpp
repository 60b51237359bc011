// SPDX-License-Identifier: MIT
// VMREAD and VMWRITE in VMX non-root operation (SDM 24.10, 25.1.3).
#include "vmx/machine.hpp"

using namespace vmxsim;
using namespace vmxsim::test;

namespace {

constexpr u64 kReadBitmap = 0x50000, kWriteBitmap = 0x51000;
constexpr u64 kGuestRip = 0x681E, kTscOffset = 0x2010;

struct Guest : Machine {
    Guest() {
        make_current(kShadowVmcs);
        must_succeed(vmwrite(cpu, kGuestRip, 0x1111));
        must_succeed(vmwrite(cpu, kTscOffset, 0x2222222233333333));
        must_succeed(vmclear(cpu, kShadowVmcs));
        be_guest();
        Vmcs& vmcs = cpu.vmx.current;
        vmcs.set(Field::primary_processor_based_controls, vmcs[Field::primary_processor_based_controls] | bit(31));
        vmcs.set(Field::secondary_processor_based_controls, bit(14));
        vmcs.set(Field::vmread_bitmap_address, kReadBitmap);
        vmcs.set(Field::vmwrite_bitmap_address, kWriteBitmap);
        vmcs.set(Field::vmcs_link_pointer, kShadowVmcs);
        refresh_flags();
    }
    void intercept(u64 bitmap, u64 encoding) {
        memory.write(bitmap + encoding / 8, static_cast<u8>(memory.read<u8>(bitmap + encoding / 8) | bit(encoding % 8)));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(vmcs_shadowing)

BOOST_AUTO_TEST_CASE(fields_of_the_shadow_vmcs_are_read_and_written_in_its_region) {
    Guest guest;
    u64 value = 0;
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), Outcome{}, "30.2");
    BOOST_TEST(value == 0x1111u);
    Machine::must_succeed(vmread(guest.cpu, kTscOffset | 1, value));
    BOOST_TEST(value == 0x22222222u);
    guest.refresh_flags();
    check_outcome(guest, vmwrite(guest.cpu, kGuestRip, 0x4444), Outcome{}, "30.2");
    Machine::must_succeed(vmwrite(guest.cpu, kTscOffset | 1, 0x55555555));
    BOOST_TEST(guest.cpu.vmx.current[Field::guest_rip] == 0x8000u, "the VMCS that controls the guest is not touched");
    const Vmcs shadow = load_fields(guest.memory, kShadowVmcs, guest.capabilities);
    BOOST_TEST(shadow[Field::guest_rip] == 0x4444u);
    BOOST_TEST(shadow[Field::tsc_offset] == 0x5555555533333333u);
}

BOOST_AUTO_TEST_CASE(a_bit_in_a_bitmap_makes_exactly_its_encoding_exit) {
    Guest guest;
    guest.intercept(kReadBitmap, kGuestRip);
    guest.intercept(kWriteBitmap, kTscOffset);
    u64 value = 0;
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), expect_exit(spec::ExitReason::vmread), "25.1.3");
    check_outcome(guest, vmwrite(guest.cpu, kTscOffset, 1), expect_exit(spec::ExitReason::vmwrite), "25.1.3");
    Machine::must_succeed(vmread(guest.cpu, kTscOffset, value));
    Machine::must_succeed(vmwrite(guest.cpu, kGuestRip, 1));
    Machine::must_succeed(vmwrite(guest.cpu, kTscOffset | 1, 1));
}

BOOST_AUTO_TEST_CASE(an_encoding_that_the_bitmaps_do_not_cover_exits) {
    Guest guest;
    u64 value = 0;
    for (unsigned n = 15; n < 64; ++n) {
        check_outcome(guest, vmread(guest.cpu, kGuestRip | bit(n), value), expect_exit(spec::ExitReason::vmread), "25.1.3");
        check_outcome(guest, vmwrite(guest.cpu, kGuestRip | bit(n), 0), expect_exit(spec::ExitReason::vmwrite), "25.1.3");
    }
}

BOOST_AUTO_TEST_CASE(the_exit_comes_before_the_privilege_check_and_the_link_pointer_after_it) {
    Guest guest;
    u64 value = 7;
    guest.cpu.state[SegmentRegister::ss].rights.value |= 0x60;
    guest.cpu.vmx.current.set(Field::vmcs_link_pointer, ~u64{0});
    check_outcome(guest, vmread(guest.cpu, bit(15), value), expect_exit(spec::ExitReason::vmread), "25.1.3");
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), expect_fault(kGeneralProtection), "30.3");
    guest.cpu.state[SegmentRegister::ss].rights.value &= ~0x60u;
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), expect_fail_invalid(), "30.3");
    guest.refresh_flags();
    check_outcome(guest, vmwrite(guest.cpu, kGuestRip, value), expect_fail_invalid(), "30.3");
    BOOST_TEST(value == 7u);
}

BOOST_AUTO_TEST_CASE(a_field_that_does_not_exist_fails_with_a_number) {
    Guest guest;
    u64 value = 7;
    const auto unsupported = expect_fail_valid(VmInstructionError::vmread_vmwrite_from_to_unsupported_vmcs_component);
    check_outcome(guest, vmread(guest.cpu, 0x45FE, value), unsupported, "24.11.2");
    guest.refresh_flags();
    check_outcome(guest, vmwrite(guest.cpu, 0x45FE, value), unsupported, "24.11.2");
}

BOOST_AUTO_TEST_CASE(without_the_control_every_access_exits) {
    Guest guest;
    guest.cpu.vmx.current.set(Field::secondary_processor_based_controls, 0);
    u64 value = 0;
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), expect_exit(spec::ExitReason::vmread), "25.1.3");
    guest.cpu.vmx.current.set(Field::secondary_processor_based_controls, bit(14));
    guest.cpu.vmx.current.set(Field::primary_processor_based_controls, 0);  // the secondary word is not in effect
    check_outcome(guest, vmread(guest.cpu, kGuestRip, value), expect_exit(spec::ExitReason::vmread), "25.1.3");
}

BOOST_AUTO_TEST_SUITE_END()
