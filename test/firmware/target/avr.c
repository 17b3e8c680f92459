/* Read-back on an emulated AVR: output by the serial port, and the end by sleep that nothing can wake. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "dump.h"

static void write(char character)
{
    while ((UCSR0A & _BV(UDRE0)) == 0) {
    }
    UDR0 = (uint8_t)character;
}

static char digit(uint8_t value)
{
    return (char)(value + ((value < 10u) ? '0' : ('a' - 10)));
}

void dump(const char *label, const void *data, unsigned long bytes)
{
    const uint8_t *byte = data;
    unsigned long i;

    while (*label != '\0') {
        write(*label);
        label++;
    }
    write(' ');
    for (i = 0; i < bytes; i++) {
        write(digit(byte[i] >> 4));
        write(digit(byte[i] & 15u));
    }
    write('\n');
}

int main(void)
{
    UCSR0B = _BV(TXEN0);
    dump_all();
    cli();
    sleep_mode();
    return 0;
}
