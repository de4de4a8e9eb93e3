/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Each step of an upgrade goes to the journal, with fields of its own: "journalctl
 * PORTABLE=visitord" tells all of it. Where standard error is not the journal, it goes there as
 * well.
 */
#ifndef STORY_H
#define STORY_H

struct story {
	const char *name;      /* PORTABLE= */
	const char *old, *new; /* PORTABLE_OLD=, PORTABLE_NEW=: paths; NULL: not known yet */
};

enum story_level {
	STORY_ERROR,
	STORY_WARNING,
	STORY_INFO
};

/* step: PORTABLE_STEP=, one word: "attach". The text is one line, with foreign text escaped. */
void story_tell(const struct story *story, enum story_level level, const char *step,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
