// SPDX-License-Identifier: Apache-2.0
/**
 * SCSI as far as a disk needs it: commands, status and sense, what a logical unit says of itself. May use the JDK and
 * {@code org.platter.error}. Everything here is immutable or for one thread. Every decoder is total: bytes that are cut
 * off or lie about lengths give an error or an absent value. Source: {@code docs/formats/iscsi.md}, sections 10 and 11.
 */
package org.platter.backend.iscsi.scsi;
