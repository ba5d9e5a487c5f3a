// SPDX-License-Identifier: Apache-2.0
package org.platter.storage;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * How network formats get their connections: a service, so that tests inject faults and products add proxies. The
 * default connects plainly. Safe for use by many threads.
 */
@ConsumerType
public interface TcpConnector {
    /** A connected channel in blocking mode, owned by the caller; fails when {@code timeout} has passed. */
    SocketChannel connect(InetSocketAddress address, Duration timeout) throws IOException;
}
