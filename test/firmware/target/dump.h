/* What read-back programs are made of: they print arrays as the bytes that memory holds. */
#ifndef DUMP_H
#define DUMP_H

#ifdef __cplusplus
extern "C" {
#endif

/* Prints a line: label, a space, and the bytes in hexadecimal. */
void dump(const char *label, const void *data, unsigned long bytes);

/* Prints every array of every model under test. */
void dump_all(void);

#ifdef __cplusplus
}
#endif

#endif /* DUMP_H */
