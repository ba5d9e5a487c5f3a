// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vmdk.stream;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.platter.backend.vmdk.extent.Bad;
import org.platter.storage.Storage;

/**
 * Decompresses grains, with a window on the file so that grains that lie behind each other are read together. For one
 * thread at a time.
 */
final class Inflation {
    private static final int LEAST_WINDOW = 1 << 20;

    private final Storage storage;
    private long end;
    private long stop;
    private final int grain;
    private final Inflater inflater = new Inflater();
    private final ByteBuffer window;
    private final ByteBuffer surplus = ByteBuffer.allocate(1);
    private long windowAt;

    /** For grains of that size. */
    Inflation(Storage storage, int grain) {
        this.storage = storage;
        this.grain = grain;
        window = ByteBuffer.allocateDirect(Math.max(LEAST_WINDOW, 2 * grain + Marker.GRAIN_BYTES));
        window.order(ByteOrder.LITTLE_ENDIAN).limit(0);
    }

    /** Forgets what was read; the file has {@code fileEnd} bytes now, and those from {@code unneeded} on are not read. */
    void start(long fileEnd, long unneeded) {
        end = fileEnd;
        stop = unneeded;
        window.limit(0);
    }

    /**
     * Decompresses the grain at {@code position}, which holds sector {@code sector} of the disk, into the rest of {@code
     * dst}, at most a grain.
     *
     * @param expected bytes of the file that will be asked for from here on, as far as is known
     * @return bytes of the grain
     */
    int inflate(long position, long sector, ByteBuffer dst, long expected) throws IOException {
        fill(position, Marker.GRAIN_BYTES, Math.max(expected, Marker.GRAIN_BYTES), sector);
        int at = (int) (position - windowAt);
        long found = window.getLong(at);
        long length = Integer.toUnsignedLong(window.getInt(at + Long.BYTES));
        if (found != sector) {
            throw Bad.corrupt("VMDK grain marker at " + position + ": is for sector " + Long.toUnsignedString(found)
                    + " of the disk, not " + sector);
        }
        if (length == 0 || length >= 2L * grain) {
            throw Bad.corrupt(
                    "VMDK grain marker at " + position + ": " + length + " compressed bytes are no grain of " + grain);
        }
        fill(position, Marker.GRAIN_BYTES + (int) length, expected, sector);
        at = (int) (position - windowAt);
        return inflate(window.slice(at + Marker.GRAIN_BYTES, (int) length), dst, position);
    }

    private void fill(long position, int needed, long wanted, long sector) throws IOException {
        if (position >= windowAt && position + needed <= windowAt + window.limit()) {
            return;
        }
        if (position > end - needed) {
            throw Bad.corrupt("VMDK grain of sector " + sector + ": " + needed + " bytes at " + position
                    + " are behind the end of the file at " + end);
        }
        long likely = stop > position ? Math.min(wanted, stop - position) : wanted;
        long length = Math.min(Math.max(needed, Math.min(likely, window.capacity())), end - position);
        window.clear().limit((int) length);
        windowAt = position;
        try {
            storage.read(window, position);
        } catch (EOFException e) {
            window.limit(0);
            throw Bad.corrupt("VMDK grain of sector " + sector + ": the file became shorter than " + end);
        } catch (IOException | RuntimeException e) {
            window.limit(0);
            throw e;
        }
        window.flip();
    }

    private int inflate(ByteBuffer src, ByteBuffer dst, long position) throws IOException {
        int start = dst.position();
        inflater.reset();
        inflater.setInput(src);
        try {
            int produced = -1;
            while (produced != 0 && dst.hasRemaining() && !inflater.finished()) {
                produced = inflater.inflate(dst);
            }
            if (!inflater.finished() && inflater.inflate(surplus.clear()) > 0) {
                throw Bad.corrupt(
                        "VMDK grain at " + position + ": inflates to more than " + (dst.position() - start) + " bytes");
            }
        } catch (DataFormatException e) {
            throw Bad.corrupt("VMDK grain at " + position + ": is no zlib stream: " + e.getMessage());
        }
        if (!inflater.finished() || inflater.getRemaining() > 0) {
            throw Bad.corrupt("VMDK grain at " + position + ": its zlib stream "
                    + (inflater.needsDictionary()
                            ? "wants a dictionary"
                            : inflater.finished() ? "ends early" : "does not end"));
        }
        return dst.position() - start;
    }

    void end() {
        inflater.end();
    }
}
