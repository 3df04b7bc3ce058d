package variant

// Known are those that can be asked for.
var Known = known
