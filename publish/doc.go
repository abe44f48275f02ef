// Package publish brings rendered units to where they are reviewed and applied: branches of the rendered repository, or a
// folder. What to do is a value, worked out from what should be there and what is there, before anything is done:
//
//	[]render.Result ──NewWants──▶ []Want ─┐
//	branch or folder ──────────▶ Have ────┴─NewPlan─▶ Plan ──▶ one commit a branch, all pushed at once   (Remote)
//	                                                     └──▶ files written and removed                  (Dir)
//
// # Ownership
//
// Every environment holds an index (.plainsail/index.json) of the files that plainsail wrote, by app, and of the source
// repository that each app comes from. Only files of the index are changed or removed; everything else belongs to somebody
// else and stays. Several source repositories can so publish apps to one environment. The files of an app are all in the folder
// of its name, and an index that says otherwise is refused: what is listed there gets removed.
//
// # Order
//
// CI systems run jobs late, twice and at the same time. Every branch therefore knows the source commits that it was last
// rendered from: in a git note on its tip (refs/notes/hydrator.metadata, as Argo CD's source hydrator and gitops-promoter have
// it), which moves on even when a newer commit renders to the same files. A run for an older source commit leaves the branch
// alone, however late it comes; a run that loses a race looks again and applies only its own units to the new tip.
//
// A note holds, for each source repository, the newest commit of which everything was published, and the apps and environments
// that were published from another one: runs for one app are ahead of the rest, apps that failed to render are behind. Where a
// tip has no such note, because it was lost or somebody else committed on top, the notes and trailers of older commits tell. What
// was never published anywhere has no branch to remember it: the first run for an environment counts as the newest.
//
// # Failure
//
// A push changes all branches and the notes, or nothing. A process that is killed leaves a remote unchanged or complete. A
// folder is changed file by file; its index lists new files before they are written and old ones until they are gone, so that the
// next run completes what another one began.
package publish
