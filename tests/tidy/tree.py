"""Which files the tidy tests look at: everything in the repository but what builds and tools leave behind.

Needs no version control: a release archive and a file that is not committed yet are checked alike.
"""

import os

# What .gitignore names, and the version control's own folder.
SKIPPED_FOLDERS = {".git", ".cache", "build", "__pycache__"}
SKIPPED_FILES = {"compile_commands.json", ".git"}  # .git: a file in a linked work tree


def files(root):
    """Paths relative to `root`, with slashes, in sorted order. Symbolic links are not followed."""
    for folder, subfolders, names in os.walk(root):
        subfolders[:] = sorted(name for name in subfolders if name not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = os.path.join(folder, name)
            if name in SKIPPED_FILES or name.endswith(".pyc") or os.path.islink(path):
                continue
            yield os.path.relpath(path, root)
