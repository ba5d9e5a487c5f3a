// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A stream that ends with a failure where it would be longer than anything sensible. */
final class Bounded extends FilterInputStream {
    static final long MOST = 64 << 20;

    private long left = MOST;

    Bounded(InputStream in) {
        super(in);
    }

    private int counted(int read) throws IOException {
        left -= Math.max(read, 0);
        if (left < 0) {
            throw new IOException("more than " + MOST + " bytes");
        }
        return read;
    }

    @Override
    public int read() throws IOException {
        int read = super.read();
        counted(read < 0 ? 0 : 1);
        return read;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        return counted(super.read(target, offset, length));
    }
}
