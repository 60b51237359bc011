// SPDX-License-Identifier: MIT
// Xen, QEMU, HAXM, hyperkit, NoirVisor, lists of fields, JSON.
#include <sstream>

#include "import/field_names.hpp"
#include "samples.hpp"

namespace vmxsim::import {
namespace {

std::string error_of(const std::string& text) {
    try {
        parse_dumps(text, "a");
    } catch (const InputError& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(other_dumps)

BOOST_AUTO_TEST_CASE(xen_says_which_msr_failed) {
    const DumpedVmcs dump = only_dump(sample_text("021"));
    BOOST_CHECK(dump.format == DumpFormat::xen);
    BOOST_CHECK_EQUAL(dump.id, "d24v1");
    BOOST_CHECK(dump.exit_reason == 0x80000022u);
    BOOST_CHECK(dump.qualification == 2u);
    BOOST_CHECK(dump.msr_list_index == 1u);
    BOOST_CHECK((dump.failing_msr == std::pair<u32, u64>{0x1dd, 0x1ffff80676f52be5}));
    expect_fields(dump, {{Field::guest_cs_selector, 0x10},
                         {Field::guest_cs_access_rights, 0x209b},
                         {Field::guest_cs_limit, 0},
                         {Field::guest_gs_base, 0xffffb181c2d00000},
                         {Field::guest_gdtr_limit, 0x57},
                         {Field::guest_gdtr_base, 0xffffb181c2d15fb0},
                         {Field::guest_tr_access_rights, 0x8b},
                         {Field::guest_rsp, 0xffff960c962d1af8},
                         {Field::guest_rip, 0xfffff80676dc29d0},
                         {Field::guest_rflags, 2},
                         {Field::guest_dr7, 0x400},
                         {Field::vmx_preemption_timer_value, 0},
                         {Field::guest_smbase, 0},
                         {Field::guest_ia32_debugctl, 1},
                         {Field::host_rip, 0xffff82d0801f0840},
                         {Field::host_rsp, 0xffff8304204f7f70},
                         {Field::host_tr_base, 0xffff83042bb02c80},
                         {Field::vm_entry_interruption_information, 0x2f},
                         {Field::eptp_index, 0},
                         {Field::vpid, 0xf71d},
                         {Field::vm_function_controls, 0}});
}

BOOST_AUTO_TEST_CASE(xen_names_domain_and_processor) {
    BOOST_CHECK_EQUAL(only_dump(sample_text("020")).id, "d3v0");
    const std::vector<DumpedVmcs> dumps = parse_dumps(
        "(XEN) >>> Domain 5 <<<\n(XEN)   VCPU 0\n(XEN) *** Guest State ***\n(XEN) CR3 = 0x0000000000001000\n"
        "(XEN)   VCPU 1\n(XEN) *** Guest State ***\n(XEN) CR3 = 0x0000000000002000\n",
        "text");
    BOOST_REQUIRE_EQUAL(dumps.size(), 2u);
    BOOST_CHECK_EQUAL(dumps[0].id + " " + dumps[1].id, "d5v0 d5v1");
    expect_fields(dumps[1], {{Field::guest_cr3, 0x2000}});
}

BOOST_AUTO_TEST_CASE(xen_4_2_and_xen_4_18_have_layouts_of_their_own) {
    const DumpedVmcs old = only_dump(
        "(XEN) Failed vm entry (exit reason 0x80000021) caused by invalid guest state (2).\n"
        "(XEN) ************* VMCS Area **************\n"
        "(XEN) *** Guest State ***\n"
        "(XEN) CR0: actual=0x0000000080050033, shadow=0x0000000080050033, gh_mask=ffffffffffffffff\n"
        "(XEN) CR3: actual=0x0000000000a48000, target_count=4\n"
        "(XEN)      target0=0000000000000001, target1=0000000000000002\n"
        "(XEN)      target2=0000000000000003, target3=0000000000000004\n"
        "(XEN) RSP = 0x00000000c0ffeec0 (0x00000000c0ffeec0)  RIP = 0x0000000000209997 (0x0000000000209998)\n"
        "(XEN) RFLAGS=0x0000000000000297 (0x0000000000000297)  DR7 = 0x0000000000000400\n"
        "(XEN) CS: sel=0x0060, attr=0x0c09b, limit=0xffffffff, base=0x0000000000000000\n"
        "(XEN) Guest PAT = 0x0007040600070406\n"
        "(XEN) TSC Offset = ffffffcf8453199b\n"
        "(XEN) DebugCtl=0000000000000000 DebugExceptions=0000000000000000\n"
        "(XEN) Interruptibility=0001 ActivityState=0000\n"
        "(XEN) *** Host State ***\n"
        "(XEN) RSP = 0xffff83009c057f70  RIP = 0xffff82d08031dd30\n"
        "(XEN) CS=e008 DS=0000 ES=0000 FS=0000 GS=0000 SS=0000 TR=e040\n"
        "(XEN) Host PAT = 0x0000050100070406\n"
        "(XEN) *** Control State ***\n"
        "(XEN) VMExit: intr_info=00000000 errcode=00000000 ilen=00000005\n"
        "(XEN)         reason=80000021 qualification=00000002\n");
    BOOST_CHECK(old.qualification == 2u);
    expect_fields(old, {{Field::guest_cr3, 0xa48000},
                        {Field::cr3_target_count, 4},
                        {Field::cr3_target_value_3, 4},
                        {Field::guest_rflags, 0x297},
                        {Field::guest_cs_access_rights, 0xc09b},
                        {Field::guest_ia32_pat, 0x0007040600070406},
                        {Field::tsc_offset, 0xffffffcf8453199b},
                        {Field::guest_interruptibility_state, 1},
                        {Field::guest_activity_state, 0},
                        {Field::host_rsp, 0xffff83009c057f70},
                        {Field::host_cs_selector, 0xe008},
                        {Field::host_ia32_pat, 0x0000050100070406}});
    // That version prints the VM-entry instruction length under this name.
    BOOST_CHECK(!old.vmcs.knows(Field::vm_exit_instruction_length));

    const DumpedVmcs recent =
        only_dump("(XEN) *** Guest State ***\n(XEN) EFER(VMCS) = 0x0000000000000d01  PAT = 0x0007040600070406\n");
    expect_fields(recent, {{Field::guest_ia32_efer, 0xd01}});
    const DumpedVmcs first_generation =
        only_dump("(XEN) *** Guest State ***\n(XEN) EFER(MSR LL) = 0x0000000000000d01  PAT = 0x0007040600070406\n");
    BOOST_CHECK(!first_generation.vmcs.knows(Field::guest_ia32_efer));
    BOOST_CHECK(first_generation.effective_efer == 0xd01u);
}

BOOST_AUTO_TEST_CASE(qemu_shows_the_guests_view_and_no_field_is_made_of_it) {
    const DumpedVmcs dump = only_dump(sample_text("qemu-001"));
    BOOST_CHECK(dump.format == DumpFormat::qemu);
    BOOST_CHECK(dump.registers_only);
    BOOST_CHECK(dump.hypervisor_number == 0x80000021u);
    expect_fields(dump, {{Field::guest_rflags, 2},
                         {Field::guest_cs_selector, 0xc200},
                         {Field::guest_cs_access_rights, 0x8093},
                         {Field::guest_cs_limit, 0xffffffff},
                         {Field::guest_ldtr_access_rights, 0x10000},
                         {Field::guest_tr_access_rights, 0x8b},
                         {Field::guest_idtr_limit, 0},
                         {Field::guest_dr7, 0x400}});
    for (const Field field :
         {Field::guest_cr0, Field::guest_cr4, Field::guest_ia32_efer, Field::guest_cr3, Field::guest_rip, Field::guest_gdtr_base})
        BOOST_CHECK_MESSAGE(!dump.vmcs.knows(field), spec::info(field).name);
    BOOST_CHECK_EQUAL(dump.other_values.at("CR0"), 0x50032u);
    BOOST_CHECK_EQUAL(dump.other_values.at("SMM"), 1u);
    BOOST_CHECK(dump.effective_efer == 0u);
    BOOST_CHECK(has_note(dump, "dump_invalid_vmcs"));
    BOOST_CHECK(only_dump(sample_text("qemu-008")).hypervisor_number == 7u);
    BOOST_CHECK(only_dump(sample_text("qemu-003")).hypervisor_number == 0xffffffffu);
}

BOOST_AUTO_TEST_CASE(qemu_in_64_bit_mode_shows_whole_addresses) {
    const DumpedVmcs dump = only_dump(
        "RAX=0000000000000000 RBX=0000000000000000 RCX=0000000000000000 RDX=0000000000000000\n"
        "RSI=0000000000000000 RDI=0000000000000000 RBP=0000000000000000 RSP=ffffc90000017418\n"
        "RIP=ffffffff828e3a0c RFL=00000286 [--S--P-] CPL=0 II=0 A20=1 SMM=0 HLT=0\n"
        "ES =0000 0000000000000000 ffffffff 00c00000\n"
        "CS =0010 0000000000000000 ffffffff 00a09b00 DPL=0 CS64 [-RA]\n"
        "TR =0040 fffffe0000003000 00004087 00008b00 DPL=0 TSS64-busy\n"
        "GDT=     fffffe0000001000 0000007f\n"
        "CR0=80050033 CR2=00007f0000000000 CR3=8000000004442000 CR4=00750ef0\n"
        "EFER=0000000000000d01\n");
    expect_fields(dump, {{Field::guest_rip, 0xffffffff828e3a0c},
                         {Field::guest_rsp, 0xffffc90000017418},
                         {Field::guest_cs_access_rights, 0xa09b},
                         {Field::guest_es_access_rights, 0x1c000},
                         {Field::guest_tr_base, 0xfffffe0000003000},
                         {Field::guest_gdtr_base, 0xfffffe0000001000},
                         {Field::guest_cr3, 0x8000000004442000}});
}

BOOST_AUTO_TEST_CASE(a_hypervisors_number_alone_is_worth_a_dump) {
    const DumpedVmcs dump = only_dump("qemu: KVM: entry failed, hardware error 0x7\n");
    BOOST_CHECK(dump.hypervisor_number == 7u);
    BOOST_CHECK(dump.vmcs.known.none());
    BOOST_CHECK(only_dump("kvm: unhandled exit 80000021\n").hypervisor_number == 0x80000021u);
    BOOST_CHECK(error_of("Bluetooth: hci0: hardware error 0x35\n") != "no error");
}

BOOST_AUTO_TEST_CASE(haxm_prints_encodings_and_hexadecimal_without_a_prefix) {
    const DumpedVmcs dump = only_dump(sample_text("030"));
    BOOST_CHECK(dump.format == DumpFormat::haxm);
    BOOST_CHECK(dump.exit_reason == 0x80000021u);
    BOOST_CHECK_EQUAL(dump.vmcs.known.count(), 22u);
    expect_fields(dump, {{Field::pin_based_controls, 0x1f},
                         {Field::exception_bitmap, 0x40002},
                         {Field::vm_entry_controls, 0x11ff},
                         {Field::cr0_guest_host_mask, 0xffffffffe0000020},
                         {Field::cr3_target_value_0, 0},
                         {Field::io_bitmap_a, 0xa6fe7000}});
    expect_fields(
        only_dump(
            "[ 20026,827747] haxm_warning: 681c GUEST_RSP: d4d01978\n[ 20026,827747] haxm_warning: 0802 GUEST_CS_SELECTOR: 50\n"),
        {{Field::guest_rsp, 0xd4d01978}, {Field::guest_cs_selector, 0x50}});
}

BOOST_AUTO_TEST_CASE(hyperkits_exit_block_and_list_are_one_dump) {
    const DumpedVmcs dump = only_dump(sample_text("040"));
    BOOST_CHECK(dump.format == DumpFormat::hyperkit);
    BOOST_CHECK(dump.exit_reason == 0x80000021u);
    BOOST_CHECK(dump.qualification == 0u);
    expect_fields(dump, {{Field::guest_rip, 0x9e019},
                         {Field::vm_entry_controls, 0x93ff},
                         {Field::pin_based_controls, 0x3f},
                         {Field::secondary_processor_based_controls, 0xaa}});
    const DumpedVmcs tables = only_dump(
        "vm exit[0]\n\treason\t\tVMX\nVMCS_GUEST_LDTR_LIMIT: 0x00000000000000ff\nVMCS_GUEST_IDTR_LIMIT: 0x00000000000000ff\n");
    BOOST_CHECK(!tables.vmcs.knows(Field::guest_idtr_limit));
}

BOOST_AUTO_TEST_CASE(noirvisor_prints_sentences) {
    const DumpedVmcs dump = only_dump(
        sample_text("050") +
        "[NoirVisor] Guest Control & Debug Registers - CR0: 0x80050033\t CR3: 0x00000000001AD002\t CR4: 0x3526F8\t DR7: 0x400\n"
        "[NoirVisor] Guest Special GPRs: Rsp: 0xFFFF94001CC40010\t Rip: 0xFFFFF80012345678\t RFlags:0x202\t Ssp: "
        "0x0000000000000400\n"
        "[NoirVisor] Guest Activity State: 0\t Interruptibility State: 0x1\t Pending Debug Exceptions: 0x0\n"
        "[NoirVisor] Guest EFER: 0xD01\t PAT: 0x7010600070106\t Debug Control: 0x0\n"
        "[NoirVisor] Pin-Based Controls: 0x16\t Primary Controls: 0x9401E172\t Secondary Controls: 0x1010AA\t Exception Bitmap: "
        "0x0\n"
        "[NoirVisor] VM-Exit Controls: 0x36FFF\t VM-Entry Controls: 0x13FF\n");
    BOOST_CHECK(dump.format == DumpFormat::noirvisor);
    BOOST_CHECK(dump.vm_instruction_error == 7u);
    expect_fields(dump, {{Field::guest_cs_selector, 0x10},
                         {Field::guest_cs_access_rights, 0x209b},
                         {Field::guest_gs_base, 0xffff94001cc40000},
                         {Field::guest_tr_selector, 0x40},
                         {Field::guest_ldtr_access_rights, 0x10000},
                         {Field::guest_gdtr_limit, 0x57},
                         {Field::guest_gdtr_base, 0xffff94001cc51fb0},
                         {Field::guest_idtr_limit, 0xfff},
                         {Field::guest_idtr_base, 0xffff94001cc4f000},
                         {Field::guest_cr4, 0x3526f8},
                         {Field::guest_rflags, 0x202},
                         {Field::guest_interruptibility_state, 1},
                         {Field::guest_ia32_efer, 0xd01},
                         {Field::secondary_processor_based_controls, 0x1010aa},
                         {Field::primary_vm_exit_controls, 0x36fff}});
}

BOOST_AUTO_TEST_CASE(a_list_may_use_any_naming) {
    std::ifstream in(VMXSIM_SOURCE_DIR "/tests/import/names_elsewhere.txt");
    const FieldNames names;
    int rows = 0;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        std::string encoding, name;
        if (line.starts_with('#') || !(words >> encoding >> name)) continue;
        const auto expected =
            spec::find_field(parse_hex_digits(encoding.starts_with("0x") ? encoding.substr(2) : encoding).value());
        const auto found = names.find(name);
        if (!expected) continue;
        ++rows;
        BOOST_CHECK_MESSAGE(found && found->field == expected->field && found->high == expected->high, name << " is not found");
    }
    BOOST_CHECK(rows > 600);
}

BOOST_AUTO_TEST_CASE(names_of_fields_are_told_apart) {
    std::map<std::string, size_t> owner;
    for (size_t i = 0; i < spec::kFieldCount; ++i)
        for (const auto name : {spec::kFields[i].name, spec::kFields[i].identifier, spec::kFields[i].title}) {
            const auto [row, fresh] = owner.try_emplace(FieldNames::canonical(name), i);
            BOOST_CHECK_MESSAGE(row->second == i, name << " reads like " << spec::kFields[row->second].name);
        }
}

BOOST_AUTO_TEST_CASE(a_list_may_have_any_separator) {
    const DumpedVmcs dump = only_dump(
        "GUEST_CR0 = 0x80050033\n"
        "VMCS_GUEST_CR3: 0x1000\n"
        "guest_cr4 -> 0x2020\n"
        "0x681e = 0x8000\n"
        "0x681c: 0x7000\n"
        "[0x6820] 0x2\n"
        "GUEST_DR7 (0x681a) = 0x400\n"
        "vmread(0x4012) = 0xd1ff\n"
        "Guest CS selector: 0x10\n"
        "VMX_VMCS32_GUEST_CS_ACCESS_RIGHTS | 0xa09b\n"
        "HostRip = fffff800`12345678h\n"
        "VmExitControls\t0x36fff\n"
        "GUEST_SS_SELECTOR = 0x18, GUEST_DS_SELECTOR = 0x20\n");
    BOOST_CHECK(dump.format == DumpFormat::field_list);
    expect_fields(dump, {{Field::guest_cr0, 0x80050033},
                         {Field::guest_cr3, 0x1000},
                         {Field::guest_cr4, 0x2020},
                         {Field::guest_rip, 0x8000},
                         {Field::guest_rsp, 0x7000},
                         {Field::guest_dr7, 0x400},
                         {Field::vm_entry_controls, 0xd1ff},
                         {Field::guest_cs_selector, 0x10},
                         {Field::guest_cs_access_rights, 0xa09b},
                         {Field::host_rip, 0xfffff80012345678},
                         {Field::primary_vm_exit_controls, 0x36fff},
                         {Field::guest_ss_selector, 0x18},
                         {Field::guest_ds_selector, 0x20}});
}

BOOST_AUTO_TEST_CASE(numbers_without_a_prefix_take_the_radix_of_their_list) {
    expect_fields(only_dump("GUEST_CR0: 80050033\nGUEST_CR4: 26e0\nGUEST_RSP: 1000\n"),
                  {{Field::guest_cr0, 0x80050033}, {Field::guest_rsp, 0x1000}});
    const DumpedVmcs decimal = only_dump("GUEST_CS_LIMIT = 65535\nVM_EXIT_REASON = 33\n");
    expect_fields(decimal, {{Field::guest_cs_limit, 65535}, {Field::exit_reason, 33}});
    BOOST_CHECK(has_note(decimal, "decimal"));
}

BOOST_AUTO_TEST_CASE(halves_are_joined_and_missing_fields_noted) {
    const DumpedVmcs dump = only_dump(sample_text("063"));
    BOOST_CHECK_EQUAL(dump.vmcs.known.count(), 21u);
    BOOST_CHECK(has_note(dump, "POSTED_INTR_NV could not be read"));
    expect_fields(dump, {{Field::guest_es_selector, 0x10}, {Field::host_tr_selector, 0x40}, {Field::io_bitmap_a, 0}});
    expect_fields(only_dump("MSR_BITMAP_FULL = 0x5000\nMSR_BITMAP_HIGH = 0x1\n"), {{Field::msr_bitmaps, 0x100005000}});
}

BOOST_AUTO_TEST_CASE(names_without_guest_or_host_follow_their_heading) {
    expect_fields(only_dump("[Guest state]\nCS_SELECTOR: 0x10\nCR0: 0x80050033\n[Host state]\nCS_SELECTOR: 0x8\n"),
                  {{Field::guest_cs_selector, 0x10}, {Field::host_cs_selector, 8}});
}

BOOST_AUTO_TEST_CASE(lists_that_begin_again_are_two_dumps_and_contradictions_are_noted) {
    BOOST_CHECK_EQUAL(parse_dumps("GUEST_RIP = 0x1\nGUEST_RSP = 0x2\nGUEST_RIP = 0x3\nGUEST_RSP = 0x4\n", "a").size(), 2u);
    BOOST_CHECK(has_note(only_dump("GUEST_RIP = 0x1\nGUEST_RSP = 0x2\nGUEST_RSP = 0x4\n"), "a second value for GUEST_RSP"));
}

BOOST_AUTO_TEST_CASE(malformed_values_of_lists_are_named) {
    BOOST_CHECK_EQUAL(error_of("GUEST_RIP = 0x10zz\n"), "a:1:13: expected a number for GUEST_RIP, found '0x10zz'");
    BOOST_CHECK_EQUAL(error_of("  GUEST_RIP = 0x11112222333344445\n"),
                      "a:1:15: expected a number of at most 64 bits, found '11112222333344445'");
    BOOST_CHECK_EQUAL(error_of("GUEST_RSP = 0x1\nGUEST_CS_SELECTOR = 0x10000\n"),
                      "a:2:21: expected a value of at most 16 bits for GUEST_CS_SELECTOR, found 0x10000");
    BOOST_CHECK_EQUAL(only_dump("GUEST_RSP = 0x1\nThe GUEST_RIP: it is wrong.\n").vmcs.known.count(), 1u);
}

BOOST_AUTO_TEST_CASE(json_is_a_case_a_map_an_array_or_lines) {
    const DumpedVmcs one =
        only_dump(R"({"id": "x", "cpu": "c", "base": "golden", "vmcs": {"GUEST_CR0": "0x21", "0x681e": "0x1000", "guest_rsp": 16},
                                        "memory": [{"at": "0x1ffe", "hex": "0102 0304"}]})");
    BOOST_CHECK(one.format == DumpFormat::json);
    BOOST_CHECK_EQUAL(one.id, "x");
    BOOST_CHECK(one.cpu == "c" && one.base == "golden");
    expect_fields(one, {{Field::guest_cr0, 0x21}, {Field::guest_rip, 0x1000}, {Field::guest_rsp, 16}});
    BOOST_CHECK_EQUAL(one.vmcs.memory.read<u32>(0x1ffe), 0x04030201u);
    BOOST_CHECK((one.vmcs.known_pages == std::set<u64>{1, 2}));
    expect_fields(only_dump(R"({"GUEST_CR0": "0x31", "exit_reason": "0x80000021"})"), {{Field::guest_cr0, 0x31}});
    BOOST_CHECK_EQUAL(parse_dumps(R"([{"GUEST_CR0": "0x1"}, {"GUEST_CR0": "0x2"}])", "a").size(), 2u);
    BOOST_CHECK_EQUAL(parse_dumps("{\"GUEST_CR0\": \"0x1\"}\n{\"GUEST_CR0\": \"0x2\"}\n", "a")[1].line, 2u);
}

BOOST_AUTO_TEST_CASE(bad_json_is_named_with_its_place) {
    BOOST_CHECK_EQUAL(error_of("{\"vmcs\":\n {\"GUEST_CRX\": \"0x1\"}}"),
                      "a:2:3: expected the name or the encoding of a VMCS field, found \"GUEST_CRX\"");
    BOOST_CHECK_EQUAL(error_of("{\"GUEST_CR0\": \"0xz\"}"),
                      "a:1:2: expected a hexadecimal string such as \"0x1f\" for \"GUEST_CR0\", found \"0xz\"");
    BOOST_CHECK_EQUAL(error_of("{\"GUEST_CR0\": 1").substr(0, 20), "a:1:16: expected JSO");
    BOOST_CHECK(error_of("{\"a\":" + std::string(100000, '[')).find("nested deeper") != std::string::npos);
    BOOST_CHECK(error_of("{}").find("expected VMCS fields") != std::string::npos);
    BOOST_CHECK(error_of("{\"GUEST_CS_SELECTOR\": \"0x10000\"}").find("at most 0xffff") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(capability_msrs_go_with_the_dumps_or_stand_alone) {
    BOOST_CHECK_EQUAL(
        only_dump("0x480 0x00da040000000004\n0x482: 0xfff9fffe0401e172\nGUEST_RIP = 0x1\n").capability_msrs.at(0x480),
        0x00da040000000004u);
    const DumpedVmcs alone = only_dump("0x480 0x00da040000000004\n0x48b 0x0000000000000000\n");
    BOOST_CHECK(alone.format == DumpFormat::msr);
    BOOST_CHECK_EQUAL(alone.capability_msrs.size(), 2u);
}

BOOST_AUTO_TEST_CASE(a_format_that_is_given_leaves_others_out) {
    const std::string both = sample_text("001") + sample_text("qemu-002");
    BOOST_CHECK_EQUAL(parse_dumps(both, "a", DumpFormat::xen).front().vmcs.known.count(), 110u);
    BOOST_CHECK(parse_dumps(both, "a", DumpFormat::qemu).front().format == DumpFormat::qemu);
    BOOST_CHECK_THROW(parse_dumps(both, "a", DumpFormat::json), InputError);
    for (const std::string name : {"kvm", "xen", "qemu", "haxm", "hyperkit", "noirvisor", "field_list", "json", "msr"})
        BOOST_CHECK_EQUAL(to_string(find_dump_format(name).value()), name);
    BOOST_CHECK(!find_dump_format("auto"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace vmxsim::import
