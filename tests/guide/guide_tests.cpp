#define GUIDE_TESTS
#include <doctest/doctest.h>
#include <appserve/test.hpp>

#include "guide_pages.hpp"
