// SPDX-License-Identifier: Apache-2.0
/**
 * From a TCP connection to a session in full-feature phase: negotiation, CHAP, redirection; and SendTargets. May use
 * {@code wire}. Each object serves one login on one thread. Source: {@code docs/formats/iscsi.md}, sections 2, 3, 9.
 */
package org.platter.backend.iscsi.login;
