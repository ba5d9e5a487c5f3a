// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.iscsi.login;

import org.platter.backend.iscsi.wire.Link;

/**
 * A connection in full-feature phase, with the counters that the login left.
 *
 * @param link the connection
 * @param parameters what was agreed
 * @param cmdSn of the next command
 * @param expStatSn of the next status
 * @param expCmdSn the target's
 * @param maxCmdSn the last command that the target takes now
 */
public record LoggedIn(Link link, Parameters parameters, int cmdSn, int expStatSn, int expCmdSn, int maxCmdSn) {}
