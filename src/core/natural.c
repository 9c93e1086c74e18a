#include "core/natural.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static size_t digits(const char *text)
{
    size_t count = 0;
    while (is_digit(text[count]))
        count++;
    return count;
}

/* Two runs of digits, of any length, as numbers; both pointers are moved behind them. */
static int compare_numbers(const char **a, const char **b)
{
    *a += strspn(*a, "0");
    *b += strspn(*b, "0");
    size_t length_a = digits(*a), length_b = digits(*b);
    int order = length_a != length_b ? (length_a < length_b ? -1 : 1) : memcmp(*a, *b, length_a);
    *a += length_a;
    *b += length_b;
    return order;
}

int natural_compare(const char *a, const char *b)
{
    const char *left = a, *right = b;
    while (*left != '\0' && *right != '\0') {
        if (is_digit(*left) && is_digit(*right)) {
            int order = compare_numbers(&left, &right);
            if (order != 0)
                return order;
        } else if (*left != *right) {
            return (unsigned char)*left < (unsigned char)*right ? -1 : 1;
        } else {
            left++;
            right++;
        }
    }
    if (*left != '\0' || *right != '\0')
        return *left == '\0' ? -1 : 1;
    return strcmp(a, b); /* they differ in leading zeros at most */
}
