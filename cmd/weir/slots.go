package main

import (
	"context"
	"maps"
	"slices"

	"github.com/weirflow/weir/flow"
)

// openSlots opens the connections of --slot for the slots of a module.
func (a *app) openSlots(ctx context.Context, f vaultFlags, l *loaded, flags []string) (map[string]*flow.Connection, error) {
	named, err := pairs("--slot", flags)
	if err != nil || len(named) == 0 {
		return nil, err
	}
	m, err := a.manager(ctx, f, l.client, false)
	if err != nil {
		return nil, err
	}
	slots := l.module.Manifest().Connections
	out := make(map[string]*flow.Connection, len(named))
	for _, key := range slices.Sorted(maps.Keys(named)) {
		i := slices.IndexFunc(slots, func(s flow.Slot) bool { return s.Key == key })
		if i < 0 {
			return nil, usagef("--slot %s: the connector declares no such connection", key)
		}
		v, err := findConnection(ctx, m, f.tenant, slots[i].Connector, named[key])
		if err != nil {
			return nil, err
		}
		if out[key], err = m.Open(ctx, nil, f.tenant, v.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}
