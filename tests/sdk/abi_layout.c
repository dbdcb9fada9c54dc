/* abi.h as C99, strictly; its layout on 64-bit machines. A line here is never edited, only added. */
#include "abi_layout.h"
typedef int abi_layout_is_checked;
