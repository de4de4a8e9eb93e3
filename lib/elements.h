/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays and members: what C has no operator for. */
#ifndef ELEMENTS_H
#define ELEMENTS_H

#include <stddef.h>

/* How many elements an array has. A pointer is a warning of both compilers. */
#define ELEMENTS(array) (sizeof(array) / sizeof *(array))

/* The struct that a pointer to one of its members lies in: for callbacks that get the member. */
#define CONTAINER_OF(pointer, type, member)                                           \
	({                                                                            \
		__typeof__(((type *)(void *)(pointer))->member) *member_ = (pointer); \
		(type *)(void *)((char *)member_ - offsetof(type, member));           \
	})

#endif
