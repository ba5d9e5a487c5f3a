// SPDX-License-Identifier: Apache-2.0
/**
 * PDUs on a TCP connection: framing, digests, text keys. Knows nothing of sessions or SCSI. May use the JDK only.
 * Source: {@code docs/formats/iscsi.md}, section 1. A violation by the peer is a {@link java.net.ProtocolException}.
 */
package org.platter.backend.iscsi.wire;
