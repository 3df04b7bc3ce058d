// Package worktree builds another commit of the user's repository without
// touching the user's tree.
//
// The steps, each finished before the next begins:
//
//  1. [Find] the repository that a folder is in.
//  2. Choose the base: [Repo.Resolve] for a commit that was named, [Repo.Base]
//     for one that was not.
//  3. [Repo.Checkout] makes a temporary worktree of it, with submodules.
//  4. [Run] a build command in it.
//  5. [Tree.Close] removes the worktree and git's record of it.
//
// What a killed process has started is killed with it (guard.go); the folders that it
// leaves behind are removed by the next Checkout. Each
// worktree and each record carries a lock (flock) for as long as its process
// lives, so that two runs at once leave each other alone.
//
// Removing needs no git: the folder goes, then its entry below .git/worktrees,
// whose name this package chose. So it also works after git was killed or failed
// half-way, where git worktree remove refuses, and it does not prune the user's
// own worktrees.
package worktree
