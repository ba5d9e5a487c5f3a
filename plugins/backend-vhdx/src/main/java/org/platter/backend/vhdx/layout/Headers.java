// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.vhdx.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.UUID;
import org.platter.storage.Storage;

/**
 * Both headers of a file. One whole header is there at any time: the other one is replaced, made durable, and only then
 * the first; so a loss of power leaves the old or the new identities. For one thread, but for {@link #current}.
 */
public final class Headers {
    private static final long[] PLACES = {64 << 10, 128 << 10};

    private final Storage storage;
    private final Optional<String> slip;
    private volatile Header current;
    private int place; // of the current one

    private Headers(Storage storage, Header current, int place, Optional<String> slip) {
        this.storage = storage;
        this.current = current;
        this.place = place;
        this.slip = slip;
    }

    /** The headers of a file that were just written. */
    public static Headers created(Storage storage, Header header) throws IOException {
        Headers made = new Headers(storage, header, 1, Optional.empty());
        storage.write(header.encode(), PLACES[1]);
        storage.write(
                header.next(header.fileWrite(), header.dataWrite(), header.logId())
                        .encode(),
                PLACES[0]);
        made.current = header.next(header.fileWrite(), header.dataWrite(), header.logId());
        made.place = 0;
        return made;
    }

    /** Reads both and decides which one counts. */
    public static Headers read(Storage storage) throws IOException {
        ByteBuffer first = Bytes.read(storage, PLACES[0], Header.BYTES, "header 1");
        ByteBuffer second = Bytes.read(storage, PLACES[1], Header.BYTES, "header 2");
        boolean one = Header.whole(first);
        boolean two = Header.whole(second);
        if (!one && !two) {
            throw Bytes.bad("headers: neither at 0x10000 nor at 0x20000 is one with a right checksum");
        }
        int order = Long.compareUnsigned(first.getLong(8), second.getLong(8));
        if (one && two && order == 0 && !first.equals(second)) {
            throw Bytes.bad("headers: both have sequence number " + first.getLong(8) + " and differ");
        }
        int place = one && (!two || order >= 0) ? 0 : 1;
        Header header = Header.decode(place == 0 ? first : second).validated(storage.size());
        Optional<String> slip = one && two
                ? Optional.empty()
                : Optional.of("VHDX header " + (one ? 2 : 1) + ": its checksum is wrong, the other one counts");
        return new Headers(storage, header, place, slip);
    }

    /** The header that counts. */
    public Header current() {
        return current;
    }

    /** What is wrong with the other one, when the file was opened. */
    public Optional<String> slip() {
        return slip;
    }

    /** Replaces both headers; durable on return. After a failure the old or the new ones count. */
    public void change(UUID fileWrite, UUID dataWrite, UUID logId) throws IOException {
        for (int round = 0; round < 2; round++) {
            Header next = current.next(fileWrite, dataWrite, logId);
            storage.write(next.encode(), PLACES[1 - place]);
            storage.flush();
            current = next;
            place = 1 - place;
        }
    }
}
