/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Units that are started together and wait for each other: transaction_verify_order() of
 * systemd finds no job that it may leave out, since all of them are required.
 */
#include "elements.h"
#include "names.h"
#include "rules/topics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* More than any image has; what is above is not looked at, to limit the time. */
#define EDGES_MAX   10000
#define ANCHORS_MAX 1000

struct edge {
	size_t from, to; /* positions of units */
};

/* Sorted, so that those of a unit stand together. */
struct edges {
	struct edge *at;
	size_t n;
	size_t *first; /* of each unit, and the end */
};

struct graph {
	struct pool *pool;
	const struct unit **units; /* by name */
	size_t n;
	struct edges order;    /* to what starts later */
	struct edges required; /* to what is started as well */
	bool *included;        /* in what is started */
	size_t *path;          /* of the search */
	size_t *position;      /* in the edges, of each unit on the path */
	unsigned char *state;  /* 0 is new, 1 on the path, 2 is in no circle */
};

static int compare_names(const void *name, const void *unit)
{
	return strcmp(name, (*(const struct unit *const *)unit)->name);
}

/* Its position; g->n if it is not in the image. */
static size_t find_unit(const struct graph *g, const char *name)
{
	const struct unit **found =
		bsearch(name, g->units, g->n, sizeof(struct unit *), compare_names);

	return found ? (size_t)(found - g->units) : g->n;
}

static void add_edge(const struct graph *g, struct edges *edges, size_t from, size_t to)
{
	if (from < g->n && to < g->n && from != to && edges->n < EDGES_MAX)
		edges->at[edges->n++] = (struct edge){ from, to };
}

/* backward: the named unit comes first. */
static int add_named(const struct graph *g, size_t i, const char *key, struct edges *edges,
		     bool backward)
{
	const struct unit *unit = g->units[i];
	const struct unit_setting *s = NULL;
	struct unit_words words;

	while ((s = unit_file_next(&unit->file, "Unit", key, s)) && edges->n < EDGES_MAX) {
		int r = unit_words_split(s->value, &words);

		if (r < 0 && r != -EINVAL)
			return r;
		for (size_t j = 0; r == 0 && j < words.n && edges->n < EDGES_MAX; j++) {
			const char *name;
			char letter;
			size_t other;

			r = unit_expand(unit, words.at[j], g->pool, &name, &letter);
			if (r != 0)
				continue;
			other = find_unit(g, name);
			add_edge(g, edges, backward ? other : i, backward ? i : other);
		}
		unit_words_release(&words);
		if (r == -ENOMEM)
			return r;
	}
	return 0;
}

/* Sockets, timers and paths come before the service that they start. */
static void add_trigger(struct graph *g, size_t i)
{
	static const char *const types[][2] = { { ".socket", "Socket" },
						{ ".timer", "Timer" },
						{ ".path", "Path" } };
	const struct unit *unit = g->units[i];

	for (size_t t = 0; t < ELEMENTS(types); t++) {
		const char *named;

		if (strcmp(unit->suffix, types[t][0]) != 0)
			continue;
		named = unit_value(unit, types[t][1], t == 0 ? "Service" : "Unit");
		if (!named[0])
			named = pool_format(g->pool, "%.*s.service",
					    (int)(unit->suffix - unit->name), unit->name);
		if (named)
			add_edge(g, &g->order, i, find_unit(g, named));
	}
}

static int compare_edges(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static void sort_edges(const struct graph *g, struct edges *edges)
{
	size_t next = 0;

	qsort(edges->at, edges->n, sizeof *edges->at, compare_edges);
	for (size_t i = 0; i <= g->n; i++) {
		while (next < edges->n && edges->at[next].from < i)
			next++;
		edges->first[i] = next;
	}
}

static int make_graph(struct graph *g, const struct unit *units)
{
	static const char *const required[] = { "Requires", "BindsTo", "BindTo" };
	int r = 0;

	for (const struct unit *unit = units; unit; unit = unit->next)
		g->n++;
	g->units = pool_take(g->pool, (g->n + 1) * sizeof(struct unit *));
	g->order.at = pool_take(g->pool, EDGES_MAX * sizeof(struct edge));
	g->order.first = pool_take(g->pool, (g->n + 1) * sizeof(size_t));
	g->required.at = pool_take(g->pool, EDGES_MAX * sizeof(struct edge));
	g->required.first = pool_take(g->pool, (g->n + 1) * sizeof(size_t));
	g->included = pool_take(g->pool, g->n + 1);
	g->path = pool_take(g->pool, (g->n + 1) * sizeof(size_t));
	g->position = pool_take(g->pool, (g->n + 1) * sizeof(size_t));
	g->state = pool_take(g->pool, g->n + 1);
	if (!g->units || !g->order.at || !g->order.first || !g->required.at || !g->required.first ||
	    !g->included || !g->path || !g->position || !g->state)
		return -ENOMEM;
	g->n = 0;
	for (const struct unit *unit = units; unit; unit = unit->next)
		g->units[g->n++] = unit;
	for (size_t i = 0; i < g->n && r == 0; i++) {
		r = add_named(g, i, "After", &g->order, true);
		if (r == 0)
			r = add_named(g, i, "Before", &g->order, false);
		for (size_t k = 0; k < ELEMENTS(required) && r == 0; k++)
			r = add_named(g, i, required[k], &g->required, false);
		add_trigger(g, i);
	}
	sort_edges(g, &g->order);
	sort_edges(g, &g->required);
	return r;
}

/* Marks what is started with a unit. */
static void include(struct graph *g, size_t anchor)
{
	size_t n = 0, done = 0;

	memset(g->included, 0, g->n);
	g->included[anchor] = true;
	g->path[n++] = anchor;
	while (done < n) {
		size_t i = g->path[done++];

		for (size_t e = g->required.first[i]; e < g->required.first[i + 1]; e++) {
			size_t to = g->required.at[e].to;

			if (!g->included[to])
				g->path[n++] = to;
			g->included[to] = true;
		}
	}
}

/*
 * Follows the order from a unit among those that are included. Returns the length of a circle, which
 * then stands at *ret in the path; or 0.
 */
static size_t follow(struct graph *g, size_t start, const size_t **ret)
{
	size_t depth = 0;

	g->path[depth] = start;
	g->position[start] = g->order.first[start];
	g->state[start] = 1;
	for (;;) {
		size_t i = g->path[depth], to;

		if (g->position[i] == g->order.first[i + 1]) {
			g->state[i] = 2;
			if (depth-- == 0)
				return 0;
			continue;
		}
		to = g->order.at[g->position[i]++].to;
		if (!g->included[to] || g->state[to] == 2)
			continue;
		if (g->state[to] == 1) {
			size_t begin = depth;

			while (g->path[begin] != to)
				begin--;
			*ret = g->path + begin;
			return depth - begin + 1;
		}
		g->path[++depth] = to;
		g->position[to] = g->order.first[to];
		g->state[to] = 1;
	}
}

static size_t find_circle(struct graph *g, const size_t **ret)
{
	size_t n = 0;

	memset(g->state, 0, g->n);
	for (size_t i = 0; i < g->n && n == 0; i++)
		if (g->included[i] && g->state[i] == 0)
			n = follow(g, i, ret);
	return n;
}

void rules_ordering(const struct unit *units, struct findings *findings)
{
	struct graph g = { .pool = findings->pool };
	const size_t *circle;
	size_t n;

	if (make_graph(&g, units) < 0) {
		findings->failed = -ENOMEM;
		return;
	}
	memset(g.included, true, g.n);
	if (find_circle(&g, &circle) == 0)
		return;
	for (size_t i = 0; i < g.n && i < ANCHORS_MAX; i++) {
		include(&g, i);
		n = find_circle(&g, &circle);
		if (n > 0)
			report(findings, RULE_ORDERING_CYCLE, AT_UNIT(g.units[i], 0),
			       g.units[circle[0]]->name, g.units[circle[n - 1]]->name);
	}
}
