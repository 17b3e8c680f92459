/* Counts the instructions of one run on an emulated core, where every instruction takes one nanosecond. */
#include <stdint.h>

#include "count.h"
#include "dump.h"

#define SYSTICK_CONTROL (*(volatile uint32_t *)0xE000E010u)
#define SYSTICK_RELOAD (*(volatile uint32_t *)0xE000E014u)
#define SYSTICK_VALUE (*(volatile uint32_t *)0xE000E018u)
#define SYSTICK_MAX 0xFFFFFFu
#define CALIBRATION_LOOPS 1000000u

static uint32_t ticks_of_calibration(void)
{
    uint32_t start = SYSTICK_VALUE;
    uint32_t loops = CALIBRATION_LOOPS;

    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+l"(loops) : : "cc");
    return (start - SYSTICK_VALUE) & SYSTICK_MAX;
}

static uint32_t ticks_of_run(void)
{
    uint32_t start = SYSTICK_VALUE;

    count_run();
    return (start - SYSTICK_VALUE) & SYSTICK_MAX;
}

void dump_all(void)
{
    uint32_t ticks[2];

    SYSTICK_RELOAD = SYSTICK_MAX;
    SYSTICK_VALUE = 0u;
    SYSTICK_CONTROL = 5u;
    ticks[0] = ticks_of_calibration();
    ticks[1] = ticks_of_run();
    dump("ticks", ticks, sizeof(ticks));
}
