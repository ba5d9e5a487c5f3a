// SPDX-License-Identifier: Apache-2.0
package org.platter.container;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.osgi.service.component.annotations.Component;
import org.platter.storage.TcpConnector;

/** Connects without detours, with no delay for small packets. */
@Component(property = "service.ranking:Integer=-1000")
public final class PlainConnector implements TcpConnector {
    @Override
    public SocketChannel connect(InetSocketAddress address, Duration timeout) throws IOException {
        if (address.isUnresolved()) {
            throw new UnknownHostException(address.getHostString());
        }
        SocketChannel channel = SocketChannel.open();
        try {
            channel.socket().connect(address, (int) Math.min(Integer.MAX_VALUE, timeout.toMillis()));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return channel;
        } catch (SocketTimeoutException e) {
            channel.close();
            throw new SocketTimeoutException("no connection to " + address + " within " + timeout);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }
}
