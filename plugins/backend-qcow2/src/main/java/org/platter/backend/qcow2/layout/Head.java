// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.qcow2.layout;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.platter.error.DiskException;
import org.platter.storage.Storage;

/**
 * What the first cluster holds. Immutable.
 *
 * @param header the header
 * @param extensions in the order of the file
 * @param backing the name of the backing file, empty if there is none
 */
public record Head(Header header, List<HeaderExtension> extensions, String backing) {
    private static final int SECTOR = 512;

    /** Copies the list. */
    public Head {
        extensions = List.copyOf(extensions);
    }

    /** Reads and judges the first cluster of a file. */
    public static Head read(Storage storage) throws IOException {
        Header header = Header.decode(start(storage, Header.BYTES));
        if (header.magic() != Header.MAGIC || header.clusterBits() < 9 || header.clusterBits() > 21) {
            header.validated(new byte[0]); // fails
        }
        int cluster = header.clusters().size();
        ByteBuffer first = start(storage, cluster);
        long end = header.namePosition() > 0 && header.namePosition() < cluster ? header.namePosition() : cluster;
        if (header.length() < Header.OLD_BYTES || header.length() > end) {
            header.validated(new byte[0]); // fails
            throw Bad.header("the backing file name at " + end + " is inside the header");
        }
        int from = (int) header.length();
        DiskException damage = null;
        List<HeaderExtension> extensions = List.of();
        try {
            extensions = HeaderExtension.decode(first.slice(from, (int) end - from));
        } catch (DiskException e) {
            damage = e;
        }
        Head found = new Head(header, extensions, "");
        header.validated(found.extension(HeaderExtension.NAMES).orElse(new byte[0]));
        if (damage != null) {
            throw damage;
        }
        return header.namePosition() == 0 ? found : found.named(first);
    }

    /** The first bytes of a file; what it lacks is zero. */
    private static ByteBuffer start(Storage storage, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        bytes.limit((int) Math.min(length, storage.size()));
        storage.read(bytes, 0);
        return bytes.clear();
    }

    private Head named(ByteBuffer first) throws DiskException {
        byte[] name = new byte[(int) header.nameLength()];
        first.get((int) header.namePosition(), name);
        return new Head(header, extensions, name.length == 0 ? "" : Text.name("backing file name", name));
    }

    /** The data of the first extension of that type. */
    public Optional<byte[]> extension(int type) {
        return extensions.stream()
                .filter(each -> each.type() == type)
                .findFirst()
                .map(HeaderExtension::data);
    }

    /** The stored format of the backing file, empty if there is none. */
    public String backingFormat() {
        return extension(HeaderExtension.FORMAT).map(Text::shown).orElse("");
    }

    /** The name of the data file, empty if there is none. */
    public String dataFile() throws DiskException {
        Optional<byte[]> name = extension(HeaderExtension.DATA_FILE);
        return name.isPresent() ? Text.name("data file name", name.get()) : "";
    }

    /** The same with another header. */
    public Head with(Header changed) {
        return new Head(changed, extensions, backing);
    }

    /** The bytes of the first cluster up to the end of what it holds; the name is where the header says. */
    public ByteBuffer encode() throws DiskException {
        byte[] name = backing.getBytes(StandardCharsets.UTF_8);
        int end = (int) Math.max(extensionsEnd(), header.namePosition() + name.length);
        if (end > header.clusters().size()) {
            throw Bad.value("header and names of " + end + " bytes do not fit into a cluster of "
                    + header.clusters().size());
        }
        ByteBuffer b = ByteBuffer.allocate(end);
        b.put(header.encode()).position((int) header.length());
        extensions.forEach(each -> each.encode(b));
        if (name.length > 0) {
            b.position((int) header.namePosition()).put(name);
        }
        return b.clear();
    }

    /** Where the list of extensions ends, its end mark included. */
    public long extensionsEnd() {
        return header.length()
                + extensions.stream().mapToInt(HeaderExtension::bytes).sum()
                + Long.BYTES;
    }

    /** The same with this name, right behind the extensions. */
    public Head withBacking(String name) {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        long position = length == 0 ? 0 : extensionsEnd();
        return new Head(header.withName(position, length), extensions, name);
    }

    /** The same with another extension of this type, or without for empty data. */
    public Head withExtension(int type, byte[] data) {
        List<HeaderExtension> changed = new ArrayList<>();
        boolean placed = data.length == 0;
        for (HeaderExtension each : extensions) {
            if (each.type() != type) {
                changed.add(each);
            } else if (!placed) {
                changed.add(new HeaderExtension(type, data));
                placed = true;
            }
        }
        if (!placed) {
            changed.add(0, new HeaderExtension(type, data));
        }
        return new Head(header, changed, backing);
    }

    /** The same without the names of features if only then all but the backing name fits into one sector. */
    public Head compacted() {
        return extensionsEnd() <= SECTOR ? this : withExtension(HeaderExtension.NAMES, new byte[0]);
    }
}
