// The game's page, put together from page/ at build time: one file that loads nothing else.
#pragma once
#include <appserve/app.hpp>

namespace tictactoe {

/// The page, 304 if the browser has it, or a redirect to the mount point's address with its slash: the page's own
/// addresses are relative.
appserve::Response page(const appserve::Request& request);

}  // namespace tictactoe
