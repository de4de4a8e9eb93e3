/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each step of an upgrade. */
#include "story.h"

#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

static const int priorities[] = {
	[STORY_ERROR] = LOG_ERR, [STORY_WARNING] = LOG_WARNING, [STORY_INFO] = LOG_INFO
};

void story_tell(const struct story *story, enum story_level level, const char *step,
		const char *format, ...)
{
	char text[LOG_LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	/* Without a journal it is only shown. */
	(void)sd_journal_send("MESSAGE=%s: %s", story->name, text, "PRIORITY=%d", priorities[level],
			      "SYSLOG_IDENTIFIER=portable-admin", "PORTABLE=%s", story->name,
			      "PORTABLE_STEP=%s", step, "PORTABLE_OLD=%s",
			      story->old ? story->old : "", "PORTABLE_NEW=%s",
			      story->new ? story->new : "", NULL);
	if (getenv("JOURNAL_STREAM"))
		return;
	if (level == STORY_ERROR)
		log_error("%s: %s", story->name, text);
	else if (level == STORY_WARNING)
		log_warning("%s: %s", story->name, text);
	else
		log_info("%s: %s", story->name, text);
}
