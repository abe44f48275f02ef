// Package readset remembers what a render looked at, so that it need not be done again while all of that is the same.
//
//	while rendering   Recorder ◀── every file read, folder listed, path found absent
//	                     └──▶ []Read, with what was there ──▶ Record, with what came out ──▶ Store
//	next time         Store ──▶ Record ──Tree.Same──▶ all reads would be answered alike: the output is that of the record
//
// What was there is told by content, never by time: a file by git's blob hash and its executable bit, a folder by the names and
// kinds of its entries, a path by where its symbolic links lead. A path that was absent is part of it: rendering is deterministic, so
// if every read is answered as before, the output is the same; and the first read that is not is one that the record names.
//
// A Tree is the source as it is now. In a git checkout it takes the hashes of unchanged files from the index and does not read
// them.
package readset
