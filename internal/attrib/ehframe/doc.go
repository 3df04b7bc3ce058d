// Package ehframe reads the tables of call frame information that unwinders
// and debuggers use: which bytes describe which function. It does not look at
// the unwinding rules themselves.
//
//   - [Entries] walks .eh_frame or .debug_frame: a common entry (CIE) holds
//     what many functions share, and each function has a description (FDE).
//   - [ReadHeader] reads .eh_frame_hdr, the search table from addresses to
//     descriptions.
//   - [TableSize] tells where the exception table of a function ends, in
//     .gcc_except_table.
//
// .eh_frame and .eh_frame_hdr are specified in the Linux Standard Base Core
// specification, chapter "DWARF Extensions"; .debug_frame in DWARF 5, section
// 6.4. The letter B in an augmentation (return addresses signed with the second
// key) is from the DWARF supplement for AArch64, and G (tagged stack) from LLVM.
// Exception tables are in the HP document that the Itanium C++ ABI builds on
// ("Exception Handling Tables"), with the encodings of the LSB.
//
// Sections are hostile input: each function takes time and memory linear in the
// section, and stops where a length does not fit.
package ehframe
