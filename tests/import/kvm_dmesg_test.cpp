// SPDX-License-Identifier: MIT
#include "samples.hpp"

namespace vmxsim::import {

BOOST_AUTO_TEST_SUITE(kvm_dumps)

BOOST_AUTO_TEST_CASE(every_line_of_linux_5_15_is_read) {
    const DumpedVmcs dump = only_dump(sample_text("001"));
    BOOST_CHECK(dump.format == DumpFormat::kvm);
    BOOST_CHECK_EQUAL(dump.id, "VMCS 000000006afb1754, last attempted VM-entry on CPU 12");
    BOOST_CHECK(dump.exit_reason == 0x80000021u);
    BOOST_CHECK(dump.qualification == 0u);
    BOOST_CHECK(dump.hypervisor_number == 0x80000021u);
    BOOST_CHECK(!dump.registers_only);
    BOOST_CHECK_EQUAL(dump.vmcs.known.count(), 110u);
    expect_fields(dump, {{Field::guest_cr0, 0x50032},
                         {Field::cr0_read_shadow, 0x50032},
                         {Field::cr0_guest_host_mask, 0xfffffffffffffff7},
                         {Field::cr4_guest_host_mask, 0xfffffffffffef871},
                         {Field::guest_cr3, 0x13cbf4002},
                         {Field::guest_pdpte0, 0x3300050011},
                         {Field::guest_pdpte3, 0x10000000000},
                         {Field::guest_rsp, 0xffff898cacda2c90},
                         {Field::guest_rip, 0x8000},
                         {Field::guest_rflags, 2},
                         {Field::guest_dr7, 0x400},
                         {Field::guest_cs_selector, 0xc200},
                         {Field::guest_cs_access_rights, 0x8093},
                         {Field::guest_cs_limit, 0xffffffff},
                         {Field::guest_cs_base, 0x7ffc2000},
                         {Field::guest_ldtr_access_rights, 0x10000},
                         {Field::guest_gdtr_limit, 0x57},
                         {Field::guest_gdtr_base, 0xfffff8024e652fb0},
                         {Field::guest_tr_selector, 0x40},
                         {Field::guest_ia32_efer, 0},
                         {Field::guest_ia32_pat, 0x0007010600070106},
                         {Field::guest_interruptibility_state, 9},
                         {Field::guest_activity_state, 0},
                         {Field::guest_interrupt_status, 0x2f},
                         {Field::host_rip, 0xffffffffc119a0a0},
                         {Field::host_rsp, 0xffffa6a24a52bc20},
                         {Field::host_cs_selector, 0x10},
                         {Field::host_tr_selector, 0x40},
                         {Field::host_fs_base, 0x7f1bf7fff700},
                         {Field::host_cr4, 0x1726e0},
                         {Field::host_ia32_sysenter_cs, 0x10},
                         {Field::host_ia32_sysenter_eip, 0xffffffffbd201d90},
                         {Field::host_ia32_efer, 0xd01},
                         {Field::pin_based_controls, 0xff},
                         {Field::primary_processor_based_controls, 0xb5a06dfa},
                         {Field::secondary_processor_based_controls, 0x7eb},
                         {Field::vm_entry_controls, 0xd1ff},
                         {Field::primary_vm_exit_controls, 0x2befff},
                         {Field::exception_bitmap, 0x60042},
                         {Field::vm_entry_exception_error_code, 4},
                         {Field::vm_exit_instruction_length, 1},
                         {Field::exit_reason, 0x80000021},
                         {Field::tsc_offset, 0xff96fad07396b5f8},
                         {Field::tpr_threshold, 0},
                         {Field::apic_access_address, 0x14516c000},
                         {Field::virtual_apic_address, 0x14afe7000},
                         {Field::posted_interrupt_notification_vector, 0xf2},
                         {Field::ept_pointer, 0x11aa2d01e},
                         {Field::ple_gap, 0x80},
                         {Field::ple_window, 0x20000},
                         {Field::vpid, 3}});
    BOOST_CHECK_EQUAL(dump.lines.at(Field::guest_rip), 14u);
}

BOOST_AUTO_TEST_CASE(an_effective_efer_is_no_field) {
    const DumpedVmcs dump = only_dump(sample_text("008"));
    BOOST_CHECK(!dump.vmcs.knows(Field::guest_ia32_efer));
    BOOST_CHECK(dump.effective_efer == 0xd01u);
    expect_fields(dump, {{Field::tertiary_processor_based_controls, 0},
                         {Field::tsc_multiplier, 0x0001000000000000},
                         {Field::virtual_apic_address, 0x360524000},
                         {Field::guest_interrupt_status, 0xec00},
                         {Field::pin_based_controls, 0xff}});
}

BOOST_AUTO_TEST_CASE(efer_and_pat_of_linux_4_stand_on_one_line) {
    const DumpedVmcs dump = only_dump(sample_text("010"));
    expect_fields(dump, {{Field::guest_ia32_efer, 1},
                         {Field::guest_ia32_pat, 0x0007040600070406},
                         {Field::host_ia32_efer, 0xd01},
                         {Field::host_ia32_pat, 0},
                         {Field::cr0_guest_host_mask, 0xfffffffffffffff7},
                         {Field::guest_cr4, 0x6154}});
}

BOOST_AUTO_TEST_CASE(the_tail_of_a_dump_is_a_dump) {
    const DumpedVmcs dump = only_dump(sample_text("011"));
    BOOST_CHECK(dump.exit_reason == 0x80000021u);
    BOOST_CHECK(dump.qualification == 3u);
    expect_fields(dump, {{Field::vm_exit_instruction_length, 3}, {Field::ept_pointer, 0x1c4f5101e}});
}

BOOST_AUTO_TEST_CASE(a_few_quoted_lines_are_a_dump) {
    const DumpedVmcs dump = only_dump(sample_text("062"));
    BOOST_CHECK_EQUAL(dump.vmcs.known.count(), 5u);
    expect_fields(dump, {{Field::guest_rflags, 2}, {Field::vm_entry_interruption_information, 0x800000d1}});
}

BOOST_AUTO_TEST_CASE(msr_lists_cet_and_fred_of_recent_kernels_are_read) {
    const DumpedVmcs dump = only_dump(
        "VMCS 00000000dc5a8cc0, last attempted VM-entry on CPU 3\n"
        "*** Guest State ***\n"
        "CR3 = 0x0000000000001000\n"
        "FRED guest: config=0x0000000000000041, stack_levels=0x0000000000000002\n"
        "RSP0=0x0000000000000010, RSP1=0x0000000000000011\n"
        "RSP2=0x0000000000000012, RSP3=0x0000000000000013\n"
        "EFER= 0x0000000000000d01 (autoload)\n"
        "PerfGlobCtl = 0x0000000000000003\n"
        "BndCfgS = 0x0000000000000004\n"
        "MSR guest autoload:\n"
        "   0: msr=0xc0000080 value=0x0000000000000d01\n"
        "   1: msr=0x000001d9 value=0x0000000000000001\n"
        "S_CET = 0x0000000000000005, SSP = 0x0000000000000008, SSP TABLE = 0x0000000000000010\n"
        "*** Host State ***\n"
        "RIP = 0xffffffffc119a0a0  RSP = 0xffffa6a24a52bc20\n"
        "FRED host: config=0x0000000000000042, stack_levels=0x0000000000000003\n"
        "RSP0=0x0000000000000020, RSP1=0x0000000000000021\n"
        "RSP2=0x0000000000000022, RSP3=0x0000000000000023\n"
        "MSR host autoload:\n"
        "   0: msr=0xc0000080 value=0x0000000000000d00\n"
        "S_CET = 0x0000000000000015, SSP = 0x0000000000000018, SSP TABLE = 0x0000000000000020\n"
        "*** Control State ***\n"
        "PinBased=0x000000ff EntryControls=0x0000d1ff\n"
        "ExitControls=0x002befff SecondaryExitControls=0x0000000000000003\n"
        "VE info address = 0x0000000000007000(corrupted!)\n");
    expect_fields(dump, {{Field::guest_ia32_fred_config, 0x41},
                         {Field::guest_ia32_fred_stklvls, 2},
                         {Field::guest_ia32_fred_rsp1, 0x11},
                         {Field::guest_ia32_fred_rsp3, 0x13},
                         {Field::guest_ia32_perf_global_ctrl, 3},
                         {Field::guest_ia32_bndcfgs, 4},
                         {Field::guest_ia32_s_cet, 5},
                         {Field::guest_ssp, 8},
                         {Field::guest_ia32_interrupt_ssp_table_addr, 0x10},
                         {Field::host_rsp, 0xffffa6a24a52bc20},
                         {Field::host_ia32_fred_config, 0x42},
                         {Field::host_ia32_fred_rsp2, 0x22},
                         {Field::host_ia32_s_cet, 0x15},
                         {Field::host_ssp, 0x18},
                         {Field::vm_entry_msr_load_count, 2},
                         {Field::vm_exit_msr_load_count, 1},
                         {Field::secondary_vm_exit_controls, 3},
                         {Field::ve_information_address, 0x7000}});
    BOOST_CHECK(!dump.vmcs.knows(Field::guest_ia32_efer));
    BOOST_CHECK(dump.effective_efer == 0xd01u);
    const std::vector<DumpedMsr> loaded{{0xc0000080, 0xd01}, {0x1d9, 1}};
    BOOST_CHECK(dump.entry_msr_load == loaded);
    BOOST_CHECK(dump.exit_msr_load == std::vector<DumpedMsr>(1, DumpedMsr{0xc0000080, 0xd00}));
}

BOOST_AUTO_TEST_CASE(a_dump_without_its_headings_is_told_by_its_values) {
    const DumpedVmcs dump = only_dump(
        "Sysenter RSP=fffffe0000102000 CS:RIP=0010:ffffffffbd001720\n"
        "EFER = 0x0000000000000d01  PAT = 0x0407050600070106\n"
        "*** Control State ***\n"
        "PinBased=0000007f CPUBased=b5986dfa SecondaryExec=00002c6a\n");
    expect_fields(
        dump, {{Field::host_ia32_sysenter_cs, 0x10}, {Field::host_ia32_efer, 0xd01}, {Field::host_ia32_pat, 0x0407050600070106}});
    BOOST_CHECK(!dump.vmcs.knows(Field::guest_ia32_efer));

    // The host's line has RIP first; the guest's CR3 has 0x.
    expect_fields(only_dump("x\nRIP = 0xffffffffc12525b0  RSP = 0xffffbc831306fc68\n"), {{Field::host_rip, 0xffffffffc12525b0}});
    expect_fields(only_dump("x\nRSP = 0xffffffffc12525b0  RIP = 0xffffbc831306fc68\n"), {{Field::guest_rip, 0xffffbc831306fc68}});
    expect_fields(only_dump("(XEN) CR3 = 0x800000001a02f080\n"), {{Field::guest_cr3, 0x800000001a02f080}});

    const DumpedVmcs undecided =
        only_dump("x\nEFER = 0x0000000000000d01  PAT = 0x0407050600070106\nEPT pointer = 0x00000005fcec605e\n");
    BOOST_CHECK(!undecided.vmcs.knows(Field::host_ia32_pat) && !undecided.vmcs.knows(Field::guest_ia32_pat));
    BOOST_CHECK(has_note(undecided, "may be the guest's or the host's"));
}

BOOST_AUTO_TEST_CASE(a_malformed_value_is_named_with_its_place) {
    const auto what = [](const std::string& text) {
        try {
            parse_dumps(text, "a.txt");
        } catch (const InputError& error) {
            return std::string(error.what());
        }
        return std::string("no error");
    };
    BOOST_CHECK_EQUAL(what("*** Guest State ***\n[ 1.5] CR3 = 0x00000000000010zz\n"),
                      "a.txt:2:13: expected a hexadecimal value for CR3, found ' 0x00000000000010zz'");
    BOOST_CHECK_EQUAL(what("*** Guest State ***\nCS:   sel=0x0010, attr=0x0009b, limit=0x1ffff1234, base=0x0000000000000000\n"),
                      "a.txt:2:39: expected a value of at most 32 bits for GUEST_CS_LIMIT, found 0x1ffff1234");
    BOOST_CHECK_EQUAL(what("nothing of the kind\n").substr(0, 37), "a.txt: expected a VMCS dump (kvm_inte");
    BOOST_CHECK_EQUAL(what("").substr(0, 37), "a.txt: expected a VMCS dump (kvm_inte");
}

BOOST_AUTO_TEST_CASE(a_kernel_log_and_a_qemu_print_in_one_file_are_two_dumps) {
    const std::vector<DumpedVmcs> dumps = parse_dumps(sample_text("001") + sample_text("qemu-001"), "text");
    BOOST_REQUIRE_EQUAL(dumps.size(), 2u);
    BOOST_CHECK(dumps[0].format == DumpFormat::kvm && dumps[1].format == DumpFormat::qemu);
    BOOST_CHECK(dumps[0].hypervisor_number == 0x80000021u && dumps[1].hypervisor_number == 0x80000021u);
    BOOST_CHECK_EQUAL(dumps[1].id, "text#2");
    BOOST_CHECK_EQUAL(difference(dumps[0], only_dump(sample_text("001"))), "");
    BOOST_CHECK_EQUAL(difference(dumps[1], only_dump(sample_text("qemu-001"))), "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vmxsim::import
