// SPDX-License-Identifier: Apache-2.0
package org.platter.backend.parallels;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;
import org.platter.storage.Storage;

/**
 * The DiskDescriptor.xml of a {@code .hdd} folder. Source: docs/formats/parallels.md, section 5.
 *
 * @param size bytes of the disk
 * @param extents stretches of the disk, in order, without gaps
 * @param lineage identities of the snapshots from the newest to the base; an extent may have a file for each
 */
record HddDescriptor(long size, List<Extent> extents, List<String> lineage) {
    private static final String ROOT = "Parallels_disk_image";
    private static final String NIL = "{00000000-0000-0000-0000-000000000000}";
    private static final String TOP = "{5fbaabe3-6958-40ff-92a7-860e329aab41}";
    private static final Pattern FILE = Pattern.compile("(<File>)([^<]*)(</File>)");
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_FILES = 4096;
    private static final int MOST_DEPTH = 128;

    /** A stretch of the disk, and the files that it is in, by snapshot. */
    record Extent(long offset, long length, Map<String, Part> parts) {}

    /** A file: plain bytes, or an expanding image. */
    record Part(String file, boolean plain) {}

    static boolean probe(Storage storage) throws IOException {
        ByteBuffer start = ByteBuffer.allocate((int) Math.min(1024, storage.size()));
        storage.read(start, 0);
        String text = new String(start.array(), StandardCharsets.ISO_8859_1);
        return text.contains("<" + ROOT)
                && text.stripLeading().replace("\u00EF\u00BB\u00BF", "").startsWith("<");
    }

    static HddDescriptor read(Storage storage) throws IOException {
        if (storage.size() > MOST_BYTES) {
            throw bad("the file has " + storage.size() + " bytes, at most " + MOST_BYTES + " are read");
        }
        ByteBuffer bytes = ByteBuffer.allocate((int) storage.size());
        storage.read(bytes, 0);
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        factory.setXMLReporter((message, type, information, place) -> {}); // else the parser prints what it throws
        try {
            XMLStreamReader reader = factory.createXMLStreamReader(new ByteArrayInputStream(bytes.array()));
            return new Parser().parse(reader);
        } catch (XMLStreamException | RuntimeException e) { // the parser of the platform throws some unchecked ones
            throw bad("no well-formed XML: " + e.getMessage());
        }
    }

    /** Replaces the names of files and keeps all else; blanks take the place of what a shorter text leaves. */
    static void rename(Storage storage, UnaryOperator<String> names) throws IOException {
        read(storage);
        ByteBuffer bytes = ByteBuffer.allocate((int) storage.size());
        storage.read(bytes, 0);
        String text = new String(bytes.array(), StandardCharsets.UTF_8);
        if (!ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).equals(bytes.flip())) {
            throw bad("the text is not in UTF-8, so names in it are not replaced");
        }
        String changed = FILE.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1)
                        + escaped(names.apply(unescaped(found.group(2).strip())))
                        + found.group(3)));
        byte[] result = changed.getBytes(StandardCharsets.UTF_8);
        ByteBuffer written = ByteBuffer.allocate(Math.max(result.length, bytes.limit()));
        java.util.Arrays.fill(written.array(), (byte) ' ');
        storage.write(written.put(0, result), 0);
        storage.flush();
    }

    private static String unescaped(String text) {
        return text.replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static DiskException bad(String what) {
        return new DiskException(ErrorCode.BAD_HEADER, "Parallels descriptor: " + what);
    }

    /** Gathers what elements say until the element around them ends. */
    private static final class Parser {
        private final Map<String, String> values = new HashMap<>();
        private final Map<String, String> parents = new HashMap<>();
        private final List<Extent> extents = new ArrayList<>();
        private Map<String, Part> parts = new HashMap<>();
        private int files;

        HddDescriptor parse(XMLStreamReader reader) throws XMLStreamException, DiskException {
            ArrayDeque<StringBuilder> texts = new ArrayDeque<>(List.of(new StringBuilder()));
            while (reader.hasNext()) {
                int event = reader.next();
                if (event == XMLStreamConstants.START_ELEMENT) {
                    if (texts.size() == 1 && !reader.getLocalName().equals(ROOT) || texts.size() > MOST_DEPTH) {
                        throw bad("element " + reader.getLocalName() + " at depth " + texts.size());
                    }
                    texts.push(new StringBuilder());
                } else if (event == XMLStreamConstants.CHARACTERS || event == XMLStreamConstants.CDATA) {
                    texts.element().append(reader.getText());
                } else if (event == XMLStreamConstants.END_ELEMENT) {
                    end(reader.getLocalName(), texts.pop().toString().strip());
                }
            }
            return result();
        }

        private void end(String element, String text) throws DiskException {
            switch (element) {
                case "Image" -> image();
                case "Storage" -> storage();
                case "Shot" ->
                    parents.put(take("GUID").toLowerCase(), take("ParentGUID").toLowerCase());
                case "Engine" -> {
                    if (!text.isEmpty() && !text.equals(NIL)) {
                        throw new DiskException(
                                ErrorCode.NOT_SUPPORTED, "Parallels descriptor: the disk is encrypted by " + text);
                    }
                }
                default -> values.put(element, text);
            }
        }

        private void image() throws DiskException {
            String type = take("Type");
            if (!type.equals("Compressed") && !type.equals("Plain") || ++files > MOST_FILES) {
                throw bad("file " + files + " of type '" + type + "'");
            }
            String id = take("GUID").toLowerCase();
            if (parts.put(id, new Part(take("File"), type.equals("Plain"))) != null) {
                throw bad("two files of snapshot " + id);
            }
        }

        private void storage() throws DiskException {
            long start = sectors("Start");
            long length = sectors("End") - start;
            long before =
                    extents.isEmpty() ? 0 : extents.get(extents.size() - 1).offset() + length(extents.size() - 1);
            if (start != before || length <= 0) {
                throw bad("a stretch of " + length + " bytes starts at " + start + ", the last ended at " + before);
            }
            extents.add(new Extent(start, length, parts));
            parts = new HashMap<>();
        }

        private long length(int extent) {
            return extents.get(extent).length();
        }

        private HddDescriptor result() throws DiskException {
            long size = sectors("Disk_size");
            Extent last = extents.isEmpty() ? new Extent(0, 0, Map.of()) : extents.get(extents.size() - 1);
            if (last.offset() + last.length() != size) {
                throw bad("a disk of " + size + " bytes in stretches that end at " + (last.offset() + last.length()));
            }
            List<String> lineage = new ArrayList<>();
            String id = values.getOrDefault("TopGUID", TOP).toLowerCase();
            for (; id != null && !id.equals(NIL); id = parents.get(id)) {
                if (lineage.size() == MOST_DEPTH || lineage.contains(id)) {
                    throw bad("snapshot " + id + " has no base within " + MOST_DEPTH);
                }
                lineage.add(id);
            }
            return new HddDescriptor(size, List.copyOf(extents), List.copyOf(lineage));
        }

        private String take(String element) throws DiskException {
            String text = values.remove(element);
            if (text == null) {
                throw bad("element " + element + " is missing");
            }
            return text;
        }

        private long sectors(String element) throws DiskException {
            String text = take(element);
            if (!text.matches("[0-9]{1,16}")) {
                throw bad(
                        element + " '" + text.substring(0, Math.min(40, text.length())) + "' is no number of sectors");
            }
            return Math.multiplyExact(Long.parseLong(text), (long) ParallelsHeader.SECTOR);
        }
    }
}
