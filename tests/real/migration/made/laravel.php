<?php
// Cookies of Laravel's EncryptCookies, by Laravel itself: php laravel.php >laravel.json, with Debian's php-laravel-framework.
require '/usr/share/php/Illuminate/autoload.php';

use Illuminate\Cookie\Middleware\EncryptCookies;
use Illuminate\Encryption\Encrypter;
use Illuminate\Http\Request;
use Illuminate\Http\Response;
use Symfony\Component\HttpFoundation\Cookie;

const MADE = 1768435200;
const ZOE = ['user_id' => 7, 'name' => 'Zoë'];
const KEY = 'laravel key of thirty two bytes!';

// What the middleware sets.
function value($data, $cipher, $key = KEY, $name = 'shop_user')
{
    $response = (new EncryptCookies(new Encrypter($key, $cipher)))->handle(new Request(), function () use ($name, $data) {
        return (new Response())->withCookie(new Cookie($name, json_encode($data)));
    });
    $line = (string) $response->headers->getCookies()[0];
    return substr(explode(';', $line)[0], strlen($name) + 1);
}

$cookies = [];
foreach (['cbc' => 'AES-256-CBC', 'gcm' => 'AES-256-GCM'] as $reader => $cipher) {
    $other = ['cbc' => 'AES-256-GCM', 'gcm' => 'AES-256-CBC'][$reader];
    $good = ['reader' => $reader, 'name' => 'shop_user', 'value' => value(ZOE, $cipher), 'now' => MADE, 'gives' => ZOE];
    $cookies[] = ['case' => "a session, $reader"] + $good;
    $bad = [
        "another key, $reader" => [value(ZOE, $cipher, strrev(KEY)), 'not authentic'],
        "another cipher, $reader" => [value(ZOE, $other), 'malformed'],
        "another cookie's name, $reader" => [value(ZOE, $cipher, KEY, 'other'), 'wrong purpose'],
        "nobody's session, $reader" => [value(['cart' => [1]], $cipher), 'unreadable'],
    ];
    foreach ($bad as $case => [$value, $gives]) {
        $cookies[] = ['case' => $case, 'value' => $value, 'gives' => $gives] + $good;
    }
}
$version = trim(shell_exec('dpkg-query -W -f \'${Version}\' php-laravel-framework'));
$made = ['made_by' => "Laravel $version", 'secrets' => ['base64:' . base64_encode(KEY)], 'cookies' => $cookies];
echo json_encode($made, JSON_PRETTY_PRINT | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
