package compare

import (
	"cmp"
	"slices"

	"github.com/sizegate/sizegate/internal/snapshot"
)

// party is all owners of one side that are the same crate, package or library:
// what was read and what was concluded of it are two owners of one party.
type party struct {
	partyKey
	size uint64
}

type partyKey struct{ kind, name, id, module, version string }

func keyOf(o *snapshot.Owner) partyKey { return partyKey{o.Kind, o.Name, o.ID, o.Module, o.Version} }

// match is which parties and which owners belong together.
type match struct {
	old, new     []party
	oldOf, newOf []int32 // owner → party
	parties      *pairing
	owners       *pairing
}

// matchOwners pairs owners. Parties of one kind and name are paired by all that
// is known of them; then by ID, which says most; by version; by compatible
// versions, so that an update within a major version meets its successor; by
// module; and the rest in the order of versions, then sizes: after a change of
// compilers no ID is what it was. Within a pair, facts meet facts and
// conclusions meet conclusions first.
func matchOwners(old, new []owner) *match {
	m := &match{}
	m.old, m.oldOf = parties(old)
	m.new, m.newOf = parties(new)
	m.parties = newPairing(len(m.old), len(m.new))
	inOrder := func(a, b []int32) {
		byVersion(m.old, a)
		byVersion(m.new, b)
		m.parties.inTurn(a, b)
	}
	for _, key := range []func(k partyKey) (partyKey, bool){
		func(k partyKey) (partyKey, bool) { return k, true },
		func(k partyKey) (partyKey, bool) {
			return partyKey{kind: k.kind, name: k.name, id: k.id}, k.id != ""
		},
		func(k partyKey) (partyKey, bool) {
			return partyKey{kind: k.kind, name: k.name, module: k.module, version: k.version}, k.version != ""
		},
		func(k partyKey) (partyKey, bool) {
			return partyKey{kind: k.kind, name: k.name, version: k.version}, k.version != ""
		},
		func(k partyKey) (partyKey, bool) {
			c := compatible(k.version)
			return partyKey{kind: k.kind, name: k.name, version: c}, c != ""
		},
		func(k partyKey) (partyKey, bool) {
			return partyKey{kind: k.kind, name: k.name, module: k.module}, true
		},
		func(k partyKey) (partyKey, bool) { return partyKey{kind: k.kind, name: k.name}, true },
	} {
		pass(m.parties,
			func(i int32) (partyKey, bool) { return key(m.old[i].partyKey) },
			func(i int32) (partyKey, bool) { return key(m.new[i].partyKey) }, inOrder)
	}

	type charge struct {
		party      int32 // of the new side
		confidence string
	}
	m.owners = newPairing(len(old), len(new))
	for _, confident := range []bool{true, false} {
		key := func(party int32, o *owner) (charge, bool) {
			c := charge{party: party}
			if confident {
				c.confidence = o.Confidence
			}
			return c, party != none
		}
		pass(m.owners,
			func(i int32) (charge, bool) { return key(m.parties.toNew[m.oldOf[i]], &old[i]) },
			func(i int32) (charge, bool) { return key(m.newOf[i], &new[i]) },
			func(a, b []int32) {
				slices.SortStableFunc(a, func(x, y int32) int { return cmp.Compare(old[y].size, old[x].size) })
				slices.SortStableFunc(b, func(x, y int32) int { return cmp.Compare(new[y].size, new[x].size) })
				m.owners.inTurn(a, b)
			})
	}
	return m
}

// parties groups owners, and says to which party each belongs.
func parties(owners []owner) (list []party, of []int32) {
	at := make(map[partyKey]int32)
	of = make([]int32, len(owners))
	for i := range owners {
		k := keyOf(owners[i].Owner)
		n, ok := at[k]
		if !ok {
			n = int32(len(list))
			at[k] = n
			list = append(list, party{partyKey: k})
		}
		list[n].size += owners[i].size
		of[i] = n
	}
	return list, of
}

// byVersion sorts parties of one name: the lowest version first, then the
// largest.
func byVersion(list []party, positions []int32) {
	slices.SortStableFunc(positions, func(i, j int32) int {
		a, b := &list[i], &list[j]
		return cmp.Or(compareVersions(a.version, b.version), cmp.Compare(b.size, a.size), cmp.Compare(a.module, b.module), cmp.Compare(a.id, b.id))
	})
}

// ownerRows has a row for each pair, for each owner without a partner, and for
// the bytes that no owner has.
func ownerRows(old, new *side, m *match) []Row {
	rows := make([]Row, 0, len(old.owners)+len(new.owners)+4)
	row := func(o *owner) Row {
		return Row{Name: o.Name, Kind: o.Kind, ID: o.ID, Confidence: o.Confidence}
	}
	for i := range new.owners {
		o := &new.owners[i]
		r := row(o)
		r.New, r.NewVersion, r.Change = o.size, o.Version, Added
		if j := m.owners.toOld[i]; j != none {
			before := &old.owners[j]
			r.Old, r.OldVersion, r.Change = before.size, before.Version, changed(before.size, o.size)
		}
		rows = append(rows, r)
	}
	for i := range old.owners {
		if o := &old.owners[i]; m.owners.toNew[i] == none {
			r := row(o)
			r.Old, r.OldVersion, r.Change = o.size, o.Version, Removed
			rows = append(rows, r)
		}
	}
	return append(rows,
		rest("[padding]", old.padding, new.padding),
		rest("[unattributed]", old.unattributed, new.unattributed),
		rest("[headers]", old.headers, new.headers),
		rest("[gaps]", old.gaps, new.gaps))
}
