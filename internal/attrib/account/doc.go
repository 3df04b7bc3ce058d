// Package account keeps the account of a file while its bytes are given to owners:
// which names there are, what they claim, and who got what.
//
// A step that knows of some bytes adds an Entry and Claims for it, or charges an
// owner without a name (Charge, Records). Sweep then decides for all sections of a
// stage: the stronger rank wins, then the more specific claim; what nobody claimed is
// padding where its bytes are fill, and unattributed otherwise. What was decided can
// be asked for by address (Finder), so that a table's record can cost whom it is about.
package account
