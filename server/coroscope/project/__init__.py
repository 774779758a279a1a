"""The files around a module: the workspace, the user's environment, the settings, and what an editor has open."""
