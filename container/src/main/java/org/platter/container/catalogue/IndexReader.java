// SPDX-License-Identifier: Apache-2.0
package org.platter.container.catalogue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import org.osgi.framework.Version;
import org.platter.error.DiskException;
import org.platter.error.ErrorCode;

/**
 * Reads an index of the OSGi Repository specification, plain or compressed. It names no other documents: entities and
 * referrals are not followed.
 */
final class IndexReader {
    private static final int MOST_RESOURCES = 100_000;
    private static final int GZIP = 0x1f8b;

    private final URI location;
    private final List<IndexedResource> resources = new ArrayList<>();

    private IndexedResource resource;
    private String namespace;
    private Map<String, String> directives = new HashMap<>();
    private Map<String, Object> attributes = new HashMap<>();

    private IndexReader(URI location) {
        this.location = location;
    }

    static List<IndexedResource> read(URI location, byte[] index) throws DiskException {
        XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
        IndexReader reader = new IndexReader(location);
        try (InputStream bytes = plain(index)) {
            XMLStreamReader xml = factory.createXMLStreamReader(bytes);
            while (xml.hasNext()) {
                reader.take(xml, xml.next());
            }
            return reader.resources;
        } catch (IOException | XMLStreamException | IllegalArgumentException e) {
            throw new DiskException(
                    ErrorCode.BAD_HEADER,
                    location + " is not an index of an OSGi repository: "
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
        }
    }

    private static InputStream plain(byte[] index) throws IOException {
        InputStream bytes = new ByteArrayInputStream(index);
        boolean compressed = index.length > 2 && ((index[0] & 0xff) << 8 | index[1] & 0xff) == GZIP;
        return compressed ? new Bounded(new GZIPInputStream(bytes)) : bytes;
    }

    private void take(XMLStreamReader xml, int event) throws XMLStreamException {
        if (event == XMLStreamConstants.START_ELEMENT) {
            start(xml);
        } else if (event == XMLStreamConstants.END_ELEMENT) {
            end(xml.getLocalName());
        }
    }

    private void start(XMLStreamReader xml) throws XMLStreamException {
        switch (xml.getLocalName()) {
            case "resource" -> {
                resource = new IndexedResource(location);
                resources.add(resource);
                if (resources.size() > MOST_RESOURCES) {
                    throw new XMLStreamException("more than " + MOST_RESOURCES + " resources");
                }
            }
            case "capability", "requirement" -> {
                namespace = text(xml, "namespace");
                directives = new HashMap<>();
                attributes = new HashMap<>();
            }
            case "directive" -> directives.put(text(xml, "name"), text(xml, "value"));
            case "attribute" ->
                attributes.put(text(xml, "name"), typed(xml.getAttributeValue(null, "type"), text(xml, "value")));
            default -> {
                // what the specification may add
            }
        }
    }

    private void end(String element) throws XMLStreamException {
        if (element.equals("capability") || element.equals("requirement")) {
            if (resource == null) {
                throw new XMLStreamException("a " + element + " outside of a resource");
            }
            if (element.equals("capability")) {
                resource.provide(namespace, directives, attributes);
            } else {
                resource.require(namespace, directives, attributes);
            }
        }
    }

    private static String text(XMLStreamReader xml, String name) throws XMLStreamException {
        String value = xml.getAttributeValue(null, name);
        if (value == null) {
            throw new XMLStreamException("a " + xml.getLocalName() + " without " + name);
        }
        return value;
    }

    private static Object typed(String type, String value) {
        if (type == null || type.equals("String")) {
            return value;
        }
        if (type.startsWith("List<")) {
            String element = type.substring("List<".length(), type.length() - 1);
            return Clauses.split(value).stream().map(one -> typed(element, one)).toList();
        }
        return switch (type) {
            case "Version" -> Version.parseVersion(value.strip());
            case "Long" -> Long.valueOf(value.strip());
            case "Double" -> Double.valueOf(value.strip());
            case "List" -> Clauses.split(value);
            default -> value;
        };
    }
}
